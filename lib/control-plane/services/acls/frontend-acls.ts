import { createHash } from 'node:crypto'
import type { Protocol } from '#lib/core/protocol.ts'
import type { Reader } from '../../store/reader.ts'
import type { AclRow, FrontendRow } from '../../store/tables.ts'
import { limitProblems } from '../rules/rule-limits.ts'
import { limitedRules, loadRuleSet } from '../rules/rule-set.ts'

/** All ACLs of a frontend, in the order of evaluation. */
export function aclsOf(reader: Reader, frontendId: string): Promise<AclRow[]> {
  return reader
    .selectFrom('acls')
    .selectAll()
    .where('frontend_id', '=', frontendId)
    .orderBy('index')
    .orderBy('created_at')
    .execute()
}

/** The entity tag of a frontend's list of ACLs, which changes with each of them. */
export function etagOfAcls(acls: AclRow[]): string {
  const states = acls.map(({ id, updated_at }) => `${id} ${updated_at}`).sort()
  return `"${createHash('sha256').update(states.join('\n')).digest('base64url').slice(0, 22)}"`
}

/** The protocol of a frontend, which is its backend's. */
export async function protocolOf(reader: Reader, frontend: FrontendRow): Promise<Protocol> {
  const backend = await reader
    .selectFrom('backends')
    .select('forward_protocol')
    .where('id', '=', frontend.backend_id)
    .executeTakeFirstOrThrow()
  return backend.forward_protocol
}

/** The limits that the load balancer's rules exceed if the frontend has these ACLs. */
export async function aclLimitProblems(
  reader: Reader,
  frontend: FrontendRow,
  acls: readonly Pick<AclRow, 'match'>[],
): Promise<string[]> {
  const before = limitedRules(await loadRuleSet(reader, frontend.lb_id))
  const others = before.acls.filter(({ frontend_id }) => frontend_id !== frontend.id)
  const own = acls.map(({ match }) => ({ frontend_id: frontend.id, match }))
  return limitProblems(before, { ...before, acls: [...others, ...own] })
}

/** The field of an ACL that an exceeded limit is reported for. */
export function aclLimitField({ match }: Pick<AclRow, 'match'>): string {
  return match.http_filter_value.length > 0 ? 'match.http_filter_value' : 'match.ip_subnet'
}
