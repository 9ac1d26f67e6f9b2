import type { Failover } from '#lib/core/failover.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import type { Authority } from '../authority/authority.ts'
import type { Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { failoverView } from './failover-history.ts'
import { completed, isOfLoss } from './reported-failover.ts'

/** The newest failovers of a load balancer among which that of a loss is. */
const SEARCHED_MAX = 20

/**
 * Completes failovers in the list and in the history with what former owners report.
 * @returns the load balancers whose failovers were completed, and the losses without a failover
 */
export function completeFailovers(
  store: Store,
  losses: readonly LostLb[],
  authority: Authority,
): Promise<{ lbIds: string[]; open: LostLb[] }> {
  return store.transaction(authority, async (writer) => {
    const lbIds: string[] = []
    const open: LostLb[] = []
    for (const lost of losses) {
      const found = await complete(writer, lost)
      if (found === 'completed') lbIds.push(lost.lb_id)
      else if (found === 'missing') open.push(lost)
    }
    return { lbIds, open }
  })
}

async function complete(writer: Writer, lost: LostLb): Promise<'completed' | 'missing' | 'known'> {
  const entries = await entriesOf(writer, lost.lb_id)
  if ([...entries.values()].some(({ after }) => after.lost_at === lost.at)) return 'known'
  const rows = await writer
    .selectFrom('failovers')
    .selectAll()
    .where('lb_id', '=', lost.lb_id)
    .orderBy('sequence', 'desc')
    .limit(SEARCHED_MAX)
    .execute()
  const away = ({ at }: Failover) => Math.abs(Date.parse(at) - Date.parse(lost.at))
  const [failover] = rows
    .map((row) => ({ ...failoverView(row), lost_at: entries.get(row.id)?.after.lost_at }))
    .filter((one) => isOfLoss(one, lost))
    .sort((one, other) => away(one) - away(other))
  if (!failover) return 'missing'
  const { reason, gap_ms, lost_at } = completed(failover, lost)
  await writer
    .updateTable('failovers')
    .set({ reason, gap_ms })
    .where('id', '=', failover.id)
    .execute()
  const entry = entries.get(failover.id)
  if (entry) {
    const after = JSON.stringify({ ...entry.after, reason, gap_ms, lost_at })
    await writer.updateTable('changes').set({ after }).where('id', '=', entry.id).execute()
  }
  return 'completed'
}

type EntryState = { failover_id?: string; lost_at?: string }

/** The newest entries of failovers in a load balancer's history, by failover. */
async function entriesOf(
  writer: Writer,
  lbId: string,
): Promise<Map<string, { id: number; after: EntryState }>> {
  const rows = await writer
    .selectFrom('changes')
    .select(['id', 'after'])
    .where('lb_id', '=', lbId)
    .where('verb', '=', 'failover')
    .orderBy('id', 'desc')
    .limit(SEARCHED_MAX)
    .execute()
  return new Map(
    rows.map(({ id, after }) => {
      const state = (after ?? {}) as EntryState
      return [state.failover_id ?? '', { id, after: state }]
    }),
  )
}
