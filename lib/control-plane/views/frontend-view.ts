import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { FrontendRow } from '../store/tables.ts'

/** A frontend as the API returns it. */
export function frontendView(row: FrontendRow, backend: Backend, lb: Lb): Frontend {
  const { lb_id: _lb, backend_id: _backend, ...fields } = row
  return { ...fields, certificate: null, certificate_ids: [], backend, lb }
}
