import type { Acl } from '#lib/core/acl.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { AclRow } from '../store/tables.ts'

/** An ACL as the API returns it. */
export function aclView(
  { lb_id: _lb, frontend_id: _frontend, ...fields }: AclRow,
  frontend: Frontend,
): Acl {
  return { ...fields, frontend }
}
