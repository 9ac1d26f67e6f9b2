import { DeleteLb } from '#lib/core/lb.ts'
import type { Context } from '../../context.ts'
import { findLb } from '../../store/find.ts'
import type { Writer } from '../../store/reader.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb, type Entry } from '../change.ts'
import { deleted, deleteUnder } from '../delete-under.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOfLb } from '../versioned-views.ts'

/**
 * Deletes a load balancer with its rules. The next call for it is a 404, and its IP can be reused immediately: nodes get its removal
 * before any newer configuration, so no stale listener remains.
 */
export async function deleteLb({
  ctx,
  scope,
  id,
  query,
  ifMatch,
}: CallWith<
  'scope' | 'id' | 'query' | 'ifMatch',
  Write | 'fleet' | 'traffic' | 'placements' | 'addresses'
>): Promise<void> {
  const { release_ip: release } = parseInput(DeleteLb, query)
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  await changeLb(ctx, lbId, async (writer, at, lb) => {
    await requireMatch(writer, ifMatch, etagOfLb(lb), lb.id)
    const entries = [
      ...(await deleteRules(writer, lb.id)),
      ...(await detachOrReleaseIps(ctx, writer, at, { lbId: lb.id, release })),
      { verb: 'delete', type: 'lb', id: lb.id, before: lb, after: null } satisfies Entry,
    ]
    await writer.deleteFrom('lbs').where('id', '=', lb.id).execute()
    return { entries, result: async () => undefined }
  })
  ctx.fleet.forget(lbId)
  ctx.placements.forget(lbId)
  ctx.traffic.forget(lbId)
}

/** Deletes rules in the order of their references. */
async function deleteRules(writer: Writer, lbId: string): Promise<Entry[]> {
  const entries = await deleteUnder(writer, 'lb_id', lbId)
  const tables = {
    frontends: 'frontend',
    backends: 'backend',
    certificates: 'certificate',
  } as const
  for (const [table, type] of Object.entries(tables) as [keyof typeof tables, Entry['type']][]) {
    const rows = await writer.deleteFrom(table).where('lb_id', '=', lbId).returningAll().execute()
    entries.push(...rows.map((row) => deleted(type, row)))
  }
  return entries
}

async function detachOrReleaseIps(
  { addresses }: Pick<Context, 'addresses'>,
  writer: Writer,
  at: string,
  { lbId, release }: { lbId: string; release: boolean },
): Promise<Entry[]> {
  const ips = await writer.selectFrom('ips').selectAll().where('lb_id', '=', lbId).execute()
  if (release) {
    await writer.deleteFrom('ips').where('lb_id', '=', lbId).execute()
    addresses.released(ips)
    return ips.map((ip) => ({ verb: 'release', type: 'ip', id: ip.id, before: ip, after: null }))
  }
  const free = { lb_id: null, updated_at: at }
  await writer.updateTable('ips').set(free).where('lb_id', '=', lbId).execute()
  return ips.map((ip) => ({
    verb: 'detach',
    type: 'ip',
    id: ip.id,
    before: ip,
    after: { ...ip, ...free },
  }))
}
