import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { BackendRow } from '../store/tables.ts'

/** A backend as the API returns it. */
export function backendView(row: BackendRow, lb: Lb): Backend {
  const { lb_id: _lb, servers, ...fields } = row
  return { ...fields, host: '', pool: servers, lb }
}
