import { setImmediate } from 'node:timers/promises'
import { FAILOVER_VERBS } from '#lib/core/change.ts'
import type { Authority } from '../authority/authority.ts'
import { RESTORED_TYPES } from '../services/restore/lb-state.ts'
import { historyHorizon, setHistoryHorizon } from '../store/history-horizon.ts'
import type { Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'

/** Where lines are deleted, and with which authority. */
export type Pruned = { store: Store; authority: Authority }

/** Lines per transaction. */
const BATCH = 200

/**
 * Deletes the history before a time, whole changes at a time. The last state of each object before that time is kept but hidden, so
 * that every later state can still be restored. Nothing is kept of load balancers that were deleted before. An interrupted run is
 * continued by the next.
 * @param before RFC 3339
 */
export async function pruneHistory(
  { store, authority }: Pruned,
  before: string,
  batch = BATCH,
): Promise<void> {
  const horizon = await store.transaction(authority, async (writer) => {
    const known = await historyHorizon(writer)
    const last = await writer
      .selectFrom('changes')
      .select('id')
      .where('sequence', '<', before)
      .orderBy('sequence', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    // Set first, because earlier states are incomplete once the first line is deleted.
    if (last && last.id > known) await setHistoryHorizon(writer, last.id)
    return Math.max(known, last?.id ?? 0)
  })
  for (let seen = 0; seen < horizon; ) {
    const from = seen
    seen = await store.transaction(authority, (writer) =>
      pruneBatch(writer, { seen: from, horizon, batch }),
    )
    await setImmediate()
  }
}

/** @returns the id of the last processed line, or the horizon after the last batch */
async function pruneBatch(
  writer: Writer,
  { seen, horizon, batch }: { seen: number; horizon: number; batch: number },
): Promise<number> {
  const lines = await writer
    .selectFrom('changes')
    .select('id')
    .where('id', '>', seen)
    .where('id', '<=', horizon)
    .orderBy('id')
    .limit(batch)
    .execute()
  const ids = lines.map(({ id }) => id)
  if (ids.length > 0) {
    await writer
      .deleteFrom('changes')
      .where('id', 'in', ids)
      .where('id', 'not in', (base) =>
        base
          .selectFrom('changes as line')
          .select('line.id')
          .where('line.id', 'in', ids)
          .where('line.after', 'is not', null)
          .where('line.resource_type', 'in', RESTORED_TYPES)
          .where('line.verb', 'not in', FAILOVER_VERBS)
          .where(({ not, exists }) =>
            not(
              exists((later) =>
                later
                  .selectFrom('changes as later')
                  .select('later.id')
                  .whereRef('later.resource_id', '=', 'line.resource_id')
                  .whereRef('later.resource_type', '=', 'line.resource_type')
                  .whereRef('later.lb_id', '=', 'line.lb_id')
                  .whereRef('later.id', '>', 'line.id')
                  .where('later.id', '<=', horizon)
                  .where('later.verb', 'not in', FAILOVER_VERBS),
              ),
            ),
          ),
      )
      .execute()
  }
  return ids.length < batch ? horizon : (ids.at(-1) ?? horizon)
}
