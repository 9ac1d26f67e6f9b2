import { loadRules, NO_RULES, type Rules } from '../store/load-rules.ts'
import type { Reader } from '../store/store.ts'
import type { LbRow } from '../store/tables.ts'

/** A load balancer that has a subscriber, with what its state is worked out from. */
export type WatchedLb = {
  lb: LbRow
  address: string | null
  rules: Rules
  /** What its subscriber was told is wrong. */
  troubles: Set<string>
}

/** All load balancers that have a subscriber: a fixed number of queries. */
export async function loadWatchedLbs(reader: Reader): Promise<WatchedLb[]> {
  const lbs = await reader
    .selectFrom('lbs')
    .selectAll()
    .where('subscriber_id', 'is not', null)
    .execute()
  if (lbs.length === 0) return []
  const ids = lbs.map(({ id }) => id)
  const [ips, rules, troubles] = await Promise.all([
    reader.selectFrom('ips').select(['lb_id', 'ip_address']).where('lb_id', 'in', ids).execute(),
    loadRules(reader, ids),
    reader.selectFrom('troubles').selectAll().where('lb_id', 'in', ids).execute(),
  ])
  const addressOf = new Map(ips.map(({ lb_id, ip_address }) => [lb_id, ip_address]))
  const troublesOf = Map.groupBy(troubles, ({ lb_id }) => lb_id)
  return lbs.map((lb) => ({
    lb,
    address: addressOf.get(lb.id) ?? null,
    rules: rules.get(lb.id) ?? NO_RULES,
    troubles: new Set((troublesOf.get(lb.id) ?? []).map(({ subject }) => subject)),
  }))
}
