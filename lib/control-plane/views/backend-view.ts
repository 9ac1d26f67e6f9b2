import type { Backend, BackendFields } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { BackendRow } from '../store/tables.ts'

/** A backend's own fields, as the API returns them. */
export function backendFields(row: BackendRow): BackendFields {
  const { lb_id: _lb, servers, sticky_sessions_nocache: nocache, ...fields } = row
  // The real API's objects have no such key, so ours have none while it is on.
  return { ...fields, ...(!nocache && { sticky_sessions_nocache: false }), host: '', pool: servers }
}

/** A backend as the API returns it. */
export function backendView(row: BackendRow, lb: Lb): Backend {
  return { ...backendFields(row), lb }
}
