import type { Failover } from '#lib/core/failover.ts'
import { Authority } from '../authority/authority.ts'
import { failoverEvent } from '../notifications/events.ts'
import { addEvents } from '../notifications/outbox.ts'
import type { Reader, Store, Writer } from '../store/store.ts'
import type { FailoverRow } from '../store/tables.ts'

/** So many are kept of each load balancer. */
const KEPT_MAX = 100

/**
 * Records failovers, and the events for subscribers. One that is recorded already, or whose load balancer is deleted, is skipped.
 * @returns the load balancers that have a new one
 */
export function keepFailovers(store: Store, failovers: Failover[]): Promise<string[]> {
  return store.transaction(Authority.system, async (writer) => {
    const kept: string[] = []
    for (const failover of failovers) {
      if (await keep(writer, failover)) kept.push(failover.lb_id)
    }
    return kept
  })
}

/** The last one of a load balancer; null for none. */
export async function lastFailover(reader: Reader, lbId: string): Promise<Failover | null> {
  const query = reader.selectFrom('failovers').selectAll().where('lb_id', '=', lbId)
  const row = await query.orderBy('sequence', 'desc').limit(1).executeTakeFirst()
  return row ? failoverView(row) : null
}

export function failoverView(row: FailoverRow): Failover {
  const { sequence: _, from_cluster, to_cluster, ...failover } = row
  return { ...failover, from: from_cluster, to: to_cluster }
}

async function keep(writer: Writer, { from, to, ...failover }: Failover): Promise<boolean> {
  const { lb_id } = failover
  const lb = await writer.selectFrom('lbs').selectAll().where('id', '=', lb_id).executeTakeFirst()
  if (!lb) return false
  const row = { ...failover, from_cluster: from, to_cluster: to }
  const insert = writer
    .insertInto('failovers')
    .values(row)
    .onConflict((one) => one.doNothing())
  if ((await insert.returning('id').execute()).length === 0) return false
  if (lb.subscriber_id) {
    await addEvents(writer, lb.subscriber_id, [failoverEvent(lb, { from, to, ...failover })])
  }
  const query = writer.selectFrom('failovers').select('sequence').where('lb_id', '=', lb_id)
  const newest = query.orderBy('sequence', 'desc')
  const oldest = await newest.limit(1).offset(KEPT_MAX).executeTakeFirst()
  if (oldest) {
    const gone = writer.deleteFrom('failovers').where('lb_id', '=', lb_id)
    await gone.where('sequence', '<=', oldest.sequence).execute()
  }
  return true
}
