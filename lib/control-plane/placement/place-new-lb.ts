import type { Cluster, Region } from '#lib/core/locality.ts'
import { preconditionFailed } from '../errors.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { LbRow } from '../store/tables.ts'
import { isElected } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import { type Placements, SETTLED } from './placements.ts'
import { Load } from './spread.ts'

type Ctx = { placements: Placements; hosts: HostReports }
type NewLb = Pick<LbRow, 'id' | 'region'>

/**
 * Where a new load balancer goes: on the pair with the fewest, the master in the cluster that has fewer of that pair's masters.
 * @returns null for the local nodes, where the region has no pair that is usable
 * @throws ApiError 412 if there are no local nodes either
 */
export async function choosePlacement(
  { placements, hosts }: Ctx,
  reader: Reader,
  { id, region }: NewLb,
): Promise<{ master: Cluster; row: PlacementRow } | null> {
  const usable = placements.pairs.usable(region, placements.isUsable)
  if (usable.length === 0) {
    if (placements.hasLocalNodes) return null
    throw preconditionFailed('not_ready', noHosts(region))
  }
  const isConnected = (nodeId: string) => hosts.isConnected(nodeId)
  const elected = usable.filter((pair) => isElected(hosts, pair))
  const complete = usable.filter(({ a, b }) => isConnected(a) && isConnected(b))
  // Nobody would carry it on a pair whose hosts are both away.
  const partly = usable.filter(({ a, b }) => isConnected(a) || isConnected(b))
  const all = placements.hasLocalNodes ? [] : usable
  const candidates = [elected, complete, partly, all].find((pairs) => pairs.length > 0)
  const load = await loadOf(placements, reader, usable)
  const pair = load.leastLoaded(candidates ?? [])
  if (!pair) return null
  const master = load.nextMaster(pair)
  const { number } = pair
  const row = { lb_id: id, region, pair: number, carrier: master, carrier_epoch: 0, ...SETTLED }
  return { master, row }
}

const noHosts = (region: Region) =>
  `No hosts can take a load balancer in ${region}. It needs one in each cluster that isn't draining, because this machine runs no nodes ` +
  '(FAIRLEAD_ROLES). Add nodes in the console, or return them to service.'

/** Places a new load balancer, within the transaction that creates it. */
export async function placeNewLb(
  { placements }: Pick<Ctx, 'placements'>,
  writer: Writer,
  row: PlacementRow,
): Promise<void> {
  await placements.write(writer, row)
  // Before the commit, so that no node is sent it in another place.
  placements.note([row])
  placements.masters.added(row.region, row.pair, row.carrier)
}

/** The load of a region's pairs. */
async function loadOf(
  placements: Placements,
  reader: Reader,
  pairs: readonly StoredPair[],
): Promise<Load> {
  const load = new Load()
  const region = pairs[0]?.region
  const counts = region ? await placements.masters.onPairs(reader, region) : []
  for (const { pair: number, master, count } of counts) {
    const pair = pairs.find((one) => one.number === number)
    if (pair) load.add(pair, master, count)
  }
  return load
}
