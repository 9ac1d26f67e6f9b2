import type { Backend, BackendFields } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { BackendRow } from '../store/tables.ts'

/** A backend's own fields, as the API returns them. */
export function backendFields(row: BackendRow): BackendFields {
  const { lb_id: _lb, servers, sticky_sessions_nocache: nocache, ...fields } = row
  // Scaleway's API has no such key, so it is returned only when it is off.
  return { ...fields, ...(!nocache && { sticky_sessions_nocache: false }), pool: servers }
}

/** A backend as the API returns it. */
export function backendView(row: BackendRow, lb: Lb): Backend {
  return { ...backendFields(row), lb }
}
