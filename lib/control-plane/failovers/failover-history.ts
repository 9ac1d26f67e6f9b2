import type { Failover } from '#lib/core/failover.ts'
import { Authority } from '../authority/authority.ts'
import { failoverEvent } from '../notifications/events.ts'
import { addEvents } from '../notifications/outbox.ts'
import type { Reader, Store, Writer } from '../store/store.ts'
import type { FailoverRow } from '../store/tables.ts'

/** So many are kept of each load balancer. */
const KEPT_MAX = 100

/** Writes failovers down, with what subscribers are told of them. Those of load balancers that are gone are nobody's. @returns the load balancers that have a new one */
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
  const row = await query.orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row ? failoverView(row) : null
}

export function failoverView({ from_cluster, to_cluster, id: _, ...row }: FailoverRow): Failover {
  return { ...row, from: from_cluster, to: to_cluster }
}

async function keep(writer: Writer, { from, to, ...failover }: Failover): Promise<boolean> {
  const { lb_id } = failover
  const lb = await writer.selectFrom('lbs').selectAll().where('id', '=', lb_id).executeTakeFirst()
  if (!lb) return false
  if (lb.subscriber_id) {
    await addEvents(writer, lb.subscriber_id, [failoverEvent(lb, { from, to, ...failover })])
  }
  const row = { ...failover, from_cluster: from, to_cluster: to }
  await writer.insertInto('failovers').values(row).execute()
  const query = writer.selectFrom('failovers').select('id').where('lb_id', '=', lb_id)
  const oldest = await query.orderBy('id', 'desc').limit(1).offset(KEPT_MAX).executeTakeFirst()
  if (oldest) {
    const gone = writer.deleteFrom('failovers').where('lb_id', '=', lb_id)
    await gone.where('id', '<=', oldest.id).execute()
  }
  return true
}
