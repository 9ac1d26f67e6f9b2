import { loadRules, NO_RULES, type Rules } from '../store/load-rules.ts'
import type { Reader } from '../store/reader.ts'
import type { LbRow } from '../store/tables.ts'

/** A load balancer with a subscriber, and what its alerts depend on. */
export type WatchedLb = {
  lb: LbRow
  address: string | null
  rules: Rules
  /** The subjects of the alerts that the subscriber was notified of. */
  openAlerts: Set<string>
}

/** Loads all load balancers with a subscriber, in a fixed number of queries. */
export async function loadWatchedLbs(reader: Reader): Promise<WatchedLb[]> {
  const lbs = await reader
    .selectFrom('lbs')
    .selectAll()
    .where('subscriber_id', 'is not', null)
    .execute()
  if (lbs.length === 0) return []
  const ids = lbs.map(({ id }) => id)
  const [ips, rules, alerts] = await Promise.all([
    reader.selectFrom('ips').select(['lb_id', 'ip_address']).where('lb_id', 'in', ids).execute(),
    loadRules(reader, ids),
    reader.selectFrom('alerts').selectAll().where('lb_id', 'in', ids).execute(),
  ])
  const addressOf = new Map(ips.map(({ lb_id, ip_address }) => [lb_id, ip_address]))
  const alertsOf = Map.groupBy(alerts, ({ lb_id }) => lb_id)
  return lbs.map((lb) => ({
    lb,
    address: addressOf.get(lb.id) ?? null,
    rules: rules.get(lb.id) ?? NO_RULES,
    openAlerts: new Set((alertsOf.get(lb.id) ?? []).map(({ subject }) => subject)),
  }))
}
