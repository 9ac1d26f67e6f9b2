import type { Backend } from '#lib/core/backend.ts'
import { timestamp } from '../../clock.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import { refuseProblems } from '../../errors.ts'
import { findBackend } from '../../store/find.ts'
import type { Reader } from '../../store/reader.ts'
import type { BackendRow } from '../../store/tables.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { growthProblems } from '../rules/lb-size.ts'
import { protocolConflicts } from '../rules/protocol-conflicts.ts'
import { loadRuleSet, withRules } from '../rules/rule-set.ts'
import { etagOf, type Versioned, versionedBackend } from '../versioned-views.ts'

/** A call that changes one backend. */
export type BackendCall = CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet' | 'egress'>

/** Updates the columns of a backend that `next` returns for its row. `verb` is for the history. */
export async function changeBackend(
  { ctx, scope, id, ifMatch }: BackendCall,
  verb: string,
  next: (row: BackendRow) => Partial<BackendRow>,
): Promise<Versioned<Backend>> {
  const { lb } = await findBackend(ctx.store.reader, scope, id)
  return changeLb(ctx, lb.id, async (writer) => {
    const { backend } = await findBackend(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(backend), backend.id)
    const columns = { ...next(backend), updated_at: timestamp() }
    const after = { ...backend, ...columns }
    const servers = after.servers.length - backend.servers.length
    refuseProblems([
      ...newlyDeniedServers(backend, after, ctx.egress),
      ...(await growthProblems(writer, lb.id, { servers }, { servers: 'server_ip' })),
    ])
    if (after.forward_protocol !== backend.forward_protocol) await requireFit(writer, after)
    await writer.updateTable('backends').set(columns).where('id', '=', backend.id).execute()
    return {
      entries: [{ verb, type: 'backend', id: backend.id, before: backend, after }],
      result: () => versionedBackend(ctx, writer, after),
    }
  })
}

/** Requires that the routes and ACLs of its frontends fit the backend's new protocol. */
async function requireFit(reader: Reader, backend: BackendRow): Promise<void> {
  const rules = withRules(await loadRuleSet(reader, backend.lb_id), [backend], [])
  refuseProblems(
    protocolConflicts(rules).map((message) => ({ field: 'forward_protocol', message })),
  )
}
