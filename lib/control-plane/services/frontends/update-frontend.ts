import { type Frontend, UpdateFrontend } from '#lib/core/frontend.ts'
import { timestamp } from '../../clock.ts'
import { refuseProblems } from '../../errors.ts'
import { findFrontend } from '../../store/find.ts'
import type { Reader } from '../../store/reader.ts'
import type { FrontendRow } from '../../store/tables.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { protocolConflicts } from '../rules/protocol-conflicts.ts'
import { loadRuleSet, withRules } from '../rules/rule-set.ts'
import { etagOf, type Versioned, versionedFrontend } from '../versioned-views.ts'
import { frontendProblems } from './frontend-problems.ts'

/** Updates a frontend. Omitted fields keep their values. */
export async function updateFrontend({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<Versioned<Frontend>> {
  const { lb } = await findFrontend(ctx.store.reader, scope, id)
  const request = parseInput(UpdateFrontend, input)
  return changeLb(ctx, lb.id, async (writer) => {
    const { frontend } = await findFrontend(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(frontend), frontend.id)
    refuseProblems(await frontendProblems(writer, lb.id, frontend.id, request))
    const columns = { ...nextColumns(frontend, request), updated_at: timestamp() }
    const after = { ...frontend, ...columns }
    if (after.backend_id !== frontend.backend_id) await requireFit(writer, after)
    await writer.updateTable('frontends').set(columns).where('id', '=', frontend.id).execute()
    return {
      entries: [{ verb: 'update', type: 'frontend', id: frontend.id, before: frontend, after }],
      result: () => versionedFrontend(ctx, writer, after),
    }
  })
}

function nextColumns(row: FrontendRow, request: UpdateFrontend) {
  return {
    name: request.name,
    inbound_port: request.inbound_port,
    backend_id: request.backend_id,
    timeout_client: request.timeout_client ?? row.timeout_client,
    // 0 clears the limit.
    connection_rate_limit: (request.connection_rate_limit ?? row.connection_rate_limit) || null,
    enable_access_logs: request.enable_access_logs ?? row.enable_access_logs,
    enable_http3: request.enable_http3 ?? row.enable_http3,
  }
}

/** Requires that the frontend's routes and ACLs fit the protocol of its new backend. */
async function requireFit(reader: Reader, frontend: FrontendRow): Promise<void> {
  const rules = withRules(await loadRuleSet(reader, frontend.lb_id), [], [frontend])
  refuseProblems(protocolConflicts(rules).map((message) => ({ field: 'backend_id', message })))
}
