import { sql } from 'kysely'
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
  const [ips, instances, counts, subscribers] = await Promise.all([
    reader.selectFrom('ips').selectAll().where('lb_id', 'in', ids).execute(),
    reader.selectFrom('instances').selectAll().where('lb_id', 'in', ids).execute(),
    countsUnder(reader, ids),
    subscribersOf(reader, lbs),
  ])
  const ipsOf = Map.groupBy(ips, (ip) => ip.lb_id)
  const instancesOf = Map.groupBy(instances, (instance) => instance.lb_id)
  return lbs.map((lb) => ({
    lb,
    ips: ipsOf.get(lb.id) ?? [],
    instances: instancesOf.get(lb.id) ?? [],
    backendCount: Number(counts.get(lb.id)?.backends ?? 0),
    frontendCount: Number(counts.get(lb.id)?.frontends ?? 0),
    routeCount: Number(counts.get(lb.id)?.routes ?? 0),
    privateNetworkCount: Number(counts.get(lb.id)?.private_networks ?? 0),
    subscriber: subscribers.get(lb.subscriber_id) ?? null,
  }))
}

/** How many rows of each table each load balancer has. */
async function countsUnder(reader: Reader, ids: string[]) {
  const rows = await reader
    .selectFrom('lbs')
    .select(['id', ...COUNTED.map(countUnder)])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

const COUNTED = ['backends', 'frontends', 'routes', 'private_networks'] as const

const countUnder = <Table extends (typeof COUNTED)[number]>(table: Table) =>
  sql<number>`(select count(*) from ${sql.table(table)} as counted where counted.lb_id = lbs.id)`.as(
    table,
  )

async function subscribersOf(
  reader: Reader,
  lbs: LbRow[],
): Promise<Map<string | null, SubscriberRow>> {
  const ids = [...new Set(lbs.flatMap(({ subscriber_id }) => subscriber_id ?? []))]
  if (ids.length === 0) return new Map()
  const rows = await reader.selectFrom('subscribers').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}
