import { createHash } from 'node:crypto'
import type { Protocol } from '#lib/core/protocol.ts'
import type { Reader } from '../../store/store.ts'
import type { AclRow, FrontendRow } from '../../store/tables.ts'

/** All ACLs of a frontend, in the order in which they are tried. */
export function aclsOf(reader: Reader, frontendId: string): Promise<AclRow[]> {
  return reader
    .selectFrom('acls')
    .selectAll()
    .where('frontend_id', '=', frontendId)
    .orderBy('index')
    .orderBy('created_at')
    .execute()
}

/** The entity tag of a frontend's ACLs together: it moves with any of them. */
export function etagOfAcls(acls: AclRow[]): string {
  const states = acls.map(({ id, updated_at }) => `${id} ${updated_at}`).sort()
  return `"${createHash('sha256').update(states.join('\n')).digest('base64url').slice(0, 22)}"`
}

/** What a frontend speaks: its backend's protocol. */
export async function protocolOf(reader: Reader, frontend: FrontendRow): Promise<Protocol> {
  const backend = await reader
    .selectFrom('backends')
    .select('forward_protocol')
    .where('id', '=', frontend.backend_id)
    .executeTakeFirstOrThrow()
  return backend.forward_protocol
}
