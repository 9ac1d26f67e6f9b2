import { loadRules, NO_RULES, type Rules } from '../store/load-rules.ts'
import type { Reader } from '../store/reader.ts'
import type { LbRow } from '../store/tables.ts'
import { yieldEvery } from '../yield-every.ts'

/** A load balancer with a subscriber, and what its alerts depend on. */
export type WatchedLb = {
  lb: LbRow
  address: string | null
  rules: Rules
  /** The subjects of the alerts that the subscriber was notified of. */
  openAlerts: Set<string>
}

/** Load balancers in one query: PostgreSQL takes at most 65,535 parameters. */
const BATCH = 500

/** Loads all load balancers with a subscriber. */
export async function loadWatchedLbs(reader: Reader): Promise<WatchedLb[]> {
  const lbs = await reader
    .selectFrom('lbs')
    .selectAll()
    .where('subscriber_id', 'is not', null)
    .execute()
  const yieldWhenDue = yieldEvery()
  const watched: WatchedLb[] = []
  for (let at = 0; at < lbs.length; at += BATCH) {
    watched.push(...(await loadWatched(reader, lbs.slice(at, at + BATCH))))
    await yieldWhenDue()
  }
  return watched
}

async function loadWatched(reader: Reader, lbs: readonly LbRow[]): Promise<WatchedLb[]> {
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
