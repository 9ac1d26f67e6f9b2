import type { Backend } from '#lib/core/backend.ts'
import type { Frontend, FrontendOfBackend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { FrontendRow } from '../store/tables.ts'

/** A frontend's own fields, with the id of its backend. */
export function frontendFields({ lb_id: _lb, ...fields }: FrontendRow): FrontendOfBackend {
  return { ...fields, certificate: null, certificate_ids: [] }
}

/** A frontend as the API returns it. */
export function frontendView(row: FrontendRow, backend: Backend, lb: Lb): Frontend {
  const { backend_id: _backend, ...fields } = frontendFields(row)
  return { ...fields, backend, lb }
}
