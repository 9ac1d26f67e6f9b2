import { type Backend, CreateBackend } from '#lib/core/backend.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import { refuseProblems } from '../../errors.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { growthProblems } from '../rules/lb-size.ts'
import { newBackendRow } from '../rules/new-rows.ts'
import { type Versioned, versionedBackend } from '../versioned-views.ts'
import { withHealthCheck } from './with-health-check.ts'

/** Adds a backend to a load balancer. */
export async function createBackend({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write | 'fleet' | 'egress'>): Promise<Versioned<Backend>> {
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  const request = parseInput(CreateBackend, withHealthCheck(input))
  return changeLb(ctx, lbId, async (writer, _at, lb) => {
    const row = newBackendRow(lb.id, request)
    refuseProblems([
      ...newlyDeniedServers(null, row, ctx.egress),
      ...(await growthProblems(
        writer,
        lb.id,
        { backends: 1, servers: row.servers.length },
        { backends: 'name', servers: 'server_ip' },
      )),
    ])
    await writer.insertInto('backends').values(row).execute()
    return {
      entries: [{ verb: 'create', type: 'backend', id: row.id, before: null, after: row }],
      result: () => versionedBackend(ctx, writer, row),
    }
  })
}
