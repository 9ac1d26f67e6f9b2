import type { FAILOVER_VERBS } from '#lib/core/change.ts'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { Authority } from '../authority/authority.ts'
import type { Caller } from '../authority/caller.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import { failoverEvent } from '../notifications/events.ts'
import { addEvents } from '../notifications/outbox.ts'
import { change, type Entry } from '../services/change.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import type { FailoverRow, LbRow } from '../store/tables.ts'
import type { ReportedFailover } from './reported-failover.ts'

/** Unrequested failovers to keep per load balancer, in the list and in the history. */
const KEPT_MAX = 100

/** What recording needs of the control plane's parts. */
export type RecordingParts = { store: Store; commits: Signal; fleet: Fleet }

/** Who requested a switchover, and with which call. */
export type SwitchoverOrigin = Pick<Caller, 'actor' | 'origin'> & {
  verb: Exclude<(typeof FAILOVER_VERBS)[number], 'failover'>
}

/** The origin of unrequested failovers. */
const UNREQUESTED = {
  actor: { kind: 'system', id: 'failover', name: 'failover' },
  origin: null,
  verb: 'failover',
} as const

/**
 * Records failovers in the list, in the history and as events for subscribers. Skips those that are recorded already, and those of
 * deleted load balancers.
 * @param requested null if nobody requested them
 * @param authority the leader's for its switchovers; the caller's rights were checked when a switchover began
 * @returns the load balancers with a new failover
 */
export async function recordFailovers(
  { store, commits, fleet }: RecordingParts,
  failovers: readonly ReportedFailover[],
  requested: SwitchoverOrigin | null,
  authority: Authority,
): Promise<string[]> {
  const { actor, origin, verb } = requested ?? UNREQUESTED
  const ctx = { store, commits, actor, origin, authority }
  // Hosts report to every control plane. Those that come later need no transaction.
  const open = await unrecorded(store.reader, failovers)
  if (open.length === 0) return []
  return change(ctx, async (writer) => {
    const entries: Entry[] = []
    for (const failover of open) {
      const lb = await findLb(writer, failover.lb_id)
      if (!lb || !(await insertFailover(writer, failoverOf(failover)))) continue
      if (lb.subscriber_id) {
        await addEvents(writer, lb.subscriber_id, [failoverEvent(lb, failoverOf(failover))])
      }
      entries.push({ verb, ...entryOf(lb, failover, fleet) })
    }
    const kept = requested ? entries : await deleteExcess(writer, entries)
    return { entries: kept, result: async () => entries.map(({ id }) => id) }
  })
}

/** The last failover of a load balancer; null if it has none. */
export async function lastFailover(reader: Reader, lbId: string): Promise<Failover | null> {
  const query = reader.selectFrom('failovers').selectAll().where('lb_id', '=', lbId)
  const row = await query.orderBy('sequence', 'desc').limit(1).executeTakeFirst()
  return row ? failoverView(row) : null
}

export function failoverView(row: FailoverRow): Failover {
  const { sequence: _, from_cluster, to_cluster, ...failover } = row
  return { ...failover, from: from_cluster, to: to_cluster }
}

/** Those that are not recorded yet. */
async function unrecorded(
  reader: Reader,
  failovers: readonly ReportedFailover[],
): Promise<ReportedFailover[]> {
  const ids = failovers.map(({ id }) => id)
  const rows = await reader.selectFrom('failovers').select('id').where('id', 'in', ids).execute()
  const recorded = new Set(rows.map(({ id }) => id))
  return failovers.filter(({ id }) => !recorded.has(id))
}

function failoverOf({ lost_at: _, ...failover }: ReportedFailover): Failover {
  return failover
}

function findLb(writer: Writer, id: string): Promise<LbRow | undefined> {
  return writer.selectFrom('lbs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** @returns false if it is recorded already, or may have been and is not kept any more */
async function insertFailover(writer: Writer, failover: Failover): Promise<boolean> {
  const { from, to, ...row } = failover
  const horizon = await horizonOf(writer, failover.lb_id)
  if (horizon !== null && Date.parse(failover.at) <= Date.parse(horizon)) return false
  const inserted = await writer
    .insertInto('failovers')
    .values({ ...row, from_cluster: from, to_cluster: to })
    .onConflict((one) => one.doNothing())
    .returning('id')
    .execute()
  return inserted.length > 0
}

/** The time of the newest failover of a load balancer that was deleted; null if none was. */
async function horizonOf(reader: Reader, lbId: string): Promise<string | null> {
  const query = reader.selectFrom('failover_horizons').select('at').where('lb_id', '=', lbId)
  return (await query.executeTakeFirst())?.at ?? null
}

/** What is not newer than one that was deleted may be one that was. Hosts report to every control plane, and some of them lag behind. */
async function raiseHorizon(writer: Writer, lbId: string, deleted: string[]): Promise<void> {
  const times = [...deleted, (await horizonOf(writer, lbId)) ?? '']
  const [at] = times.filter(isTime).sort((one, other) => Date.parse(other) - Date.parse(one))
  if (!at) return
  await writer
    .insertInto('failover_horizons')
    .values({ lb_id: lbId, at })
    .onConflict((conflict) => conflict.column('lb_id').doUpdateSet({ at }))
    .execute()
}

const isTime = (at: string) => !Number.isNaN(Date.parse(at))

/**
 * Deletes the oldest failovers from the list and the history, so that nodes that keep failing can't fill the disk.
 * @returns the new entries to keep
 */
async function deleteExcess(writer: Writer, entries: Entry[]): Promise<Entry[]> {
  const kept = new Set(entries)
  for (const [lbId, own] of Map.groupBy(entries, ({ id }) => id)) {
    if (!(await deleteOldest(writer, lbId))) continue
    for (const entry of own.slice(0, -KEPT_MAX)) kept.delete(entry)
    await deleteOldestEntries(writer, lbId, Math.max(0, KEPT_MAX - own.length))
  }
  return [...kept]
}

/** @returns false if there were none to delete */
async function deleteOldest(writer: Writer, lbId: string): Promise<boolean> {
  const all = writer.selectFrom('failovers').select('sequence').where('lb_id', '=', lbId)
  const newest = all.orderBy('sequence', 'desc')
  const oldest = await newest.limit(1).offset(KEPT_MAX).executeTakeFirst()
  if (!oldest) return false
  const deleting = writer.deleteFrom('failovers').where('lb_id', '=', lbId)
  const deleted = await deleting.where('sequence', '<=', oldest.sequence).returning('at').execute()
  await raiseHorizon(
    writer,
    lbId,
    deleted.map(({ at }) => at),
  )
  return true
}

async function deleteOldestEntries(writer: Writer, lbId: string, keep: number): Promise<void> {
  const all = writer
    .selectFrom('changes')
    .select('id')
    .where('lb_id', '=', lbId)
    .where('verb', '=', UNREQUESTED.verb)
  const oldest = await all.orderBy('id', 'desc').limit(1).offset(keep).executeTakeFirst()
  if (!oldest) return
  const deleted = writer.deleteFrom('changes').where('lb_id', '=', lbId)
  await deleted.where('verb', '=', UNREQUESTED.verb).where('id', '<=', oldest.id).execute()
}

function entryOf(
  { id, name, region }: LbRow,
  { id: failover_id, from, to, reason, gap_ms, lost_at }: ReportedFailover,
  fleet: Fleet,
): Omit<Entry, 'verb'> {
  const instances = fleet.instances(region, id)
  const sideOf = (cluster: Cluster) => {
    const node = instances.find((one) => one.cluster === cluster)?.node?.name ?? cluster
    return { name, active_cluster: cluster, active_node: node }
  }
  return {
    lbId: id,
    type: 'lb',
    id,
    before: sideOf(from),
    after: { ...sideOf(to), failover_id, reason, gap_ms, ...(lost_at ? { lost_at } : {}) },
  }
}
