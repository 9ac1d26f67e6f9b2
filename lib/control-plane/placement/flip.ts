import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { NO_PEER } from '#lib/protocol/host-link.ts'
import type { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { HostAnswer, HostOrders } from '../nodes/hosts/host-orders.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { type CarrierOwner, carrierOwners, otherCluster } from './carriers.ts'
import { localNodes } from './next-hosts.ts'
import type { StoredPair } from './pairs.ts'
import { nextEpoch, type Placements } from './placements.ts'

export type FlipParts = {
  placements: Placements
  registry: NodeRegistry
  hosts: HostReports
  orders: HostOrders
}

/** Where the HA IP of a load balancer that moves is going: the id of the node that is to own it, and the carrier. */
export type Destination = { target: string; carrier: Cluster }

/**
 * The node that is to own the HA IP on its new pair. The present owner stays, if it can. Otherwise it is the master's, if that owns a
 * carrier.
 * @param owner the present owner; null if there is none
 */
export function destinationOf(
  pair: StoredPair,
  owners: Record<Cluster, CarrierOwner>,
  { owner, master }: { owner: string | null; master: Cluster },
): Destination | null {
  const owned = (target: Cluster) =>
    [target, otherCluster(target)].find((carrier) => owners[carrier] === target)
  const preferred = CLUSTERS.find((cluster) => pair[cluster] === owner) ?? master
  for (const target of [preferred, otherCluster(preferred)]) {
    const carrier = owned(target)
    if (carrier) return { target: pair[target], carrier }
  }
  return null
}

/** What changes in a placement when the load balancer moves to its next pair. The hosts are ordered afterwards. */
export function flipped(row: PlacementRow, { carrier }: Destination, owner: string | null) {
  return {
    pair: row.next_pair,
    carrier,
    carrier_epoch: nextEpoch(row.carrier_epoch),
    handing_over: 1,
    phase: 'releasing' as const,
    next_pair: null,
    former_pair: row.pair,
    former_owner: owner,
    phase_since: timestamp(),
  }
}

/**
 * Has hosts carry out a move that the database has. All of it can be repeated: until it succeeds, the former owner accepts connections.
 * @param rows of the same pair, former pair, former owner and new owner
 */
export async function deliverMove(
  parts: FlipParts,
  pair: StoredPair | null,
  rows: readonly PlacementRow[],
  authority: Authority,
): Promise<HostAnswer> {
  const { placements, registry, hosts, orders } = parts
  const [first] = rows
  const target = first && newOwner(parts, pair, first)
  if (!first || !target) return failed('No host owns its carrier.')
  const lbs = rows.map((row) => ({ lb_id: row.lb_id, carriage: placements.carriageOf(row) }))
  const former = presentOwner(parts, first)
  const addressOf = (nodeId: string | null) =>
    (nodeId ? registry.find(nodeId)?.address : null) ?? NO_PEER
  const order = (nodeId: string, side: 'arriving' | 'leaving' | 'relabel', peer: string | null) =>
    orders.handOver(nodeId, { side, peer: addressOf(peer), lbs }, authority)
  const staysOwner = former === target
  const arrived = await order(target, staysOwner ? 'relabel' : 'arriving', former)
  if (arrived.problem !== null) return arrived
  const left = former && !staysOwner ? await order(former, 'leaving', target) : NOTHING
  if (left.problem !== null) return { ...arrived, problem: left.problem }
  const others = involvedNodes(parts, pair, first).filter(
    (nodeId) => nodeId !== target && nodeId !== former && hosts.isConnected(nodeId),
  )
  const answers = await Promise.all(others.map((nodeId) => order(nodeId, 'relabel', target)))
  const problem = answers.find((answer) => answer.problem !== null)?.problem ?? null
  return { failovers: arrived.failovers, problem }
}

/** The node that is to own the HA IP; null if no node can at present. */
function newOwner(
  { hosts, registry }: Pick<FlipParts, 'hosts' | 'registry'>,
  pair: StoredPair | null,
  { region, carrier, former_owner }: PlacementRow,
): string | null {
  if (pair === null) return localTarget(registry, region, former_owner)
  const owner = carrierOwners(hosts, pair)[carrier]
  return owner === null || owner === 'both' ? null : pair[owner]
}

/** The local node that is ordered to own HA IPs: the present owner, or any. Their host decides which of its nodes is active. */
export function localTarget(
  registry: NodeRegistry,
  region: PlacementRow['region'],
  owner: string | null,
): string | null {
  const nodes = localNodes(registry, region)
  return nodes.find((id) => id === owner) ?? nodes[0] ?? null
}

/** The node that owned the HA IP; the other one of the former pair, if that is away; null if both are, or nobody had it. */
function presentOwner(
  { placements, hosts }: Pick<FlipParts, 'placements' | 'hosts'>,
  { region, former_pair, former_owner }: PlacementRow,
): string | null {
  const former = placements.pairs.find(region, former_pair)
  const candidates = [former_owner, former?.a, former?.b]
  return candidates.find((nodeId) => nodeId && hosts.isConnected(nodeId)) ?? null
}

/**
 * Tells the owner of HA IPs which host is about to announce them, so that it stops answering for them. Without this, some
 * clients would learn its address again.
 */
export async function expectMove(
  { placements, registry, hosts, orders }: FlipParts,
  rows: readonly PlacementRow[],
  { owner, target, authority }: { owner: string; target: string; authority: Authority },
): Promise<void> {
  if (!hosts.isConnected(owner)) return
  const lbs = rows.map((row) => ({ lb_id: row.lb_id, carriage: placements.carriageOf(row) }))
  const peer = registry.find(target)?.address ?? NO_PEER
  await orders.handOver(owner, { side: 'relabel', peer, lbs }, authority)
}

/** The nodes of hosts that have to know where a load balancer is now: those of its pair and of its former one. */
function involvedNodes(
  { placements, registry }: Pick<FlipParts, 'placements' | 'registry'>,
  pair: StoredPair | null,
  { region, former_pair }: PlacementRow,
): string[] {
  const former = placements.pairs.find(region, former_pair)
  const nodes = former ? [former.a, former.b] : []
  const local = former_pair === null ? localNodes(registry, region) : []
  return [...new Set([...(pair ? [pair.a, pair.b] : []), ...nodes, ...local])]
}

const NOTHING: HostAnswer = { failovers: [], problem: null }

function failed(problem: string): HostAnswer {
  return { failovers: [], problem }
}
