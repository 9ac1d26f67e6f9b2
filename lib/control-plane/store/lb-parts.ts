import type { Reader } from './reader.ts'
import type { InstanceRow, IpRow, LbRow, SubscriberRow } from './tables.ts'

/** A load balancer's row, with the other rows and counts that its API object contains. */
export type LbParts = {
  lb: LbRow
  ips: IpRow[]
  instances: InstanceRow[]
  backendCount: number
  frontendCount: number
  routeCount: number
  privateNetworkCount: number
  subscriber: SubscriberRow | null
}

/** Loads the parts of `lbs`, in order, with a fixed number of queries. */
export async function loadLbParts(reader: Reader, lbs: LbRow[]): Promise<LbParts[]> {
  if (lbs.length === 0) return []
  const ids = lbs.map(({ id }) => id)
  const [ips, instances, backends, frontends, routes, privateNetworks, subscribers] =
    await Promise.all([
      reader.selectFrom('ips').selectAll().where('lb_id', 'in', ids).execute(),
      reader.selectFrom('instances').selectAll().where('lb_id', 'in', ids).execute(),
      countUnder(reader, 'backends', ids),
      countUnder(reader, 'frontends', ids),
      countUnder(reader, 'routes', ids),
      countUnder(reader, 'private_networks', ids),
      subscribersOf(reader, lbs),
    ])
  const ipsOf = Map.groupBy(ips, (ip) => ip.lb_id)
  const instancesOf = Map.groupBy(instances, (instance) => instance.lb_id)
  return lbs.map((lb) => ({
    lb,
    ips: ipsOf.get(lb.id) ?? [],
    instances: instancesOf.get(lb.id) ?? [],
    backendCount: backends.get(lb.id) ?? 0,
    frontendCount: frontends.get(lb.id) ?? 0,
    routeCount: routes.get(lb.id) ?? 0,
    privateNetworkCount: privateNetworks.get(lb.id) ?? 0,
    subscriber: subscribers.get(lb.subscriber_id) ?? null,
  }))
}

async function countUnder(
  reader: Reader,
  table: 'backends' | 'frontends' | 'routes' | 'private_networks',
  ids: string[],
) {
  const rows = await reader
    .selectFrom(table)
    .select(({ fn }) => ['lb_id', fn.countAll<number>().as('count')])
    .where('lb_id', 'in', ids)
    .groupBy('lb_id')
    .execute()
  return new Map(rows.map(({ lb_id, count }) => [lb_id, Number(count)]))
}

async function subscribersOf(
  reader: Reader,
  lbs: LbRow[],
): Promise<Map<string | null, SubscriberRow>> {
  const ids = [...new Set(lbs.flatMap(({ subscriber_id }) => subscriber_id ?? []))]
  if (ids.length === 0) return new Map()
  const rows = await reader.selectFrom('subscribers').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}
