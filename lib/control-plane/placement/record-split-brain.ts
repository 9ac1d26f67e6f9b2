import type { Authority } from '../authority/authority.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import { splitBrainEvent, splitBrainResolvedEvent } from '../notifications/events.ts'
import { addEvents } from '../notifications/outbox.ts'
import { change, type Entry } from '../services/change.ts'
import type { Writer } from '../store/reader.ts'
import type { LbRow } from '../store/tables.ts'

const WITNESS = {
  actor: { kind: 'system', id: 'witness', name: 'witness' },
  origin: null,
} as const

/** Load balancers in one query. */
const BATCH = 500

/** How far the clocks and observations of two control planes may differ. Milliseconds. */
const TOLERANCE_MS = 5000

/**
 * Adds a split brain to the history of load balancers, and notifies their subscribers. Skips what a former leader has recorded.
 * @param problem a sentence
 * @param observed when it was seen first, of `performance.now()`, and the authority of the leader
 */
export function recordSplitBrain(
  { store, commits }: Pick<RecordingParts, 'store' | 'commits'>,
  lbIds: readonly string[],
  problem: string,
  observed: { since: number; authority: Authority },
): Promise<void> {
  const { since, authority } = observed
  const ctx = { store, commits, authority, ...WITNESS }
  const age = performance.now() - since
  const from = new Date(Date.now() - age - TOLERANCE_MS).toISOString()
  return change(ctx, async (writer, at) => {
    const entries: Entry[] = []
    for (const lb of await lbsOf(writer, lbIds)) {
      if (await isRecorded(writer, lb.id, from)) continue
      const { id, name, subscriber_id: subscriberId } = lb
      if (subscriberId) await addEvents(writer, subscriberId, [splitBrainEvent(lb, at, problem)])
      const [before, after] = [{ name }, { name, problem }]
      entries.push({ lbId: id, verb: 'split_brain', type: 'lb', id, before, after })
    }
    return { entries, result: async () => undefined }
  })
}

/** Notifies subscribers of load balancers that a split brain is over. */
export function notifyResolved(
  { store, commits }: Pick<RecordingParts, 'store' | 'commits'>,
  lbIds: readonly string[],
  authority: Authority,
): Promise<void> {
  const ctx = { store, commits, authority, ...WITNESS }
  return change(ctx, async (writer, at) => {
    for (const lb of await lbsOf(writer, lbIds)) {
      if (!lb.subscriber_id) continue
      await addEvents(writer, lb.subscriber_id, [splitBrainResolvedEvent(lb, at)])
    }
    return { entries: [], result: async () => undefined }
  })
}

async function isRecorded(writer: Writer, lbId: string, from: string): Promise<boolean> {
  const query = writer.selectFrom('changes').select('id').where('lb_id', '=', lbId)
  const recorded = query.where('verb', '=', 'split_brain').where('at', '>=', from)
  return (await recorded.limit(1).executeTakeFirst()) !== undefined
}

async function lbsOf(writer: Writer, lbIds: readonly string[]): Promise<LbRow[]> {
  const rows: LbRow[] = []
  for (let at = 0; at < lbIds.length; at += BATCH) {
    const some = lbIds.slice(at, at + BATCH)
    const query = writer.selectFrom('lbs').selectAll().where('id', 'in', some)
    rows.push(...(await query.execute()))
  }
  return rows
}
