import type { Cluster, Region } from '#lib/core/locality.ts'
import { Region as RegionSchema } from '#lib/core/locality.ts'
import {
  type PlacedNode,
  type PlacedPair,
  type PlacementMove,
  type RegionPlacement,
  StartMoves,
} from '#lib/core/placement.ts'
import { Authority } from '../../authority/authority.ts'
import type { Context } from '../../context.ts'
import { ApiError } from '../../errors.ts'
import { isJoined } from '../../nodes/registry/node-registry.ts'
import { carrierOwners } from '../../placement/carriers.ts'
import { localNodes, usableLocalNodes } from '../../placement/next-hosts.ts'
import type { StoredPair } from '../../placement/pairs.ts'
import { type Move, type PlacedLb, planMoves } from '../../placement/spread.ts'
import { waitingFor } from '../../placement/waiting-for.ts'
import type { PlacementRow } from '../../store/placement-tables.ts'
import type { LbRow } from '../../store/tables.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { parseInput } from '../parse-input.ts'

export type PlacementNeeds = 'store' | 'placements' | 'hosts' | 'registry' | 'fleet'
type Lb = Pick<LbRow, 'id' | 'name' | 'master' | 'generation'>

/** Where the load balancers of a region are, the moves in progress, and those that would spread them evenly. */
export async function getPlacement({
  ctx,
  id,
}: CallWith<'id', PlacementNeeds>): Promise<RegionPlacement> {
  return placementOf(ctx, regionNamed(id))
}

/** Begins planned moves: all of them, or those of the load balancers that are named. */
export async function startMoves({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write | PlacementNeeds | 'mover'>): Promise<RegionPlacement> {
  const region = regionNamed(id)
  const { lb_ids: lbIds } = parseInput(StartMoves, input ?? {})
  const { actor, origin } = ctx
  const { moves } = await placementOf(ctx, region)
  const chosen = moves
    .filter(({ phase, lb_id }) => phase === 'planned' && (!lbIds || lbIds.includes(lb_id)))
    .map(({ lb_id, to_pair }) => ({ id: lb_id, to: to_pair }))
  await act(ctx, (authority) =>
    ctx.mover.start(region, chosen, { requestedBy: { actor, origin }, authority }),
  )
  return placementOf(ctx, region)
}

/** @throws ApiError 404 */
export function regionNamed(name: string): Region {
  const region = RegionSchema.safeParse(name.toLowerCase())
  if (region.success) return region.data
  throw new ApiError(404, { message: `There is no region ${name}.`, type: 'not_found' })
}

/** Where the load balancers of a region are, and their moves. */
export async function placementOf(
  ctx: Pick<Context, PlacementNeeds>,
  region: Region,
): Promise<RegionPlacement> {
  const { placements, registry, store } = ctx
  await placements.pairs.ensure(Authority.system)
  const lbs = await store.reader
    .selectFrom('lbs')
    .select(['id', 'name', 'master', 'generation'])
    .where('region', '=', region)
    .orderBy('created_at')
    .execute()
  const usable = placements.pairs.usable(region, placements.isUsable)
  const hasLocal = registry.all().some((node) => node.region === region && !isJoined(node))
  const canLeave = !hasLocal || localNodes(registry, region).length > 0
  const local = lbs.filter(({ id }) => (placements.get(id)?.pair ?? null) === null)
  const stuck = canLeave ? [] : local
  const movable = canLeave ? lbs : lbs.filter((lb) => !local.includes(lb))
  // A host that is away may be back soon. Nothing moves to it, and what it has stays.
  const [there, away] = byPresence(ctx, usable)
  const placed = movable.map((lb) => placedLb(ctx, lb))
  const spread = planMoves(
    there,
    placed.filter(({ pair }) => !away.some(({ number }) => number === pair)),
  )
  const hasNoPair = usable.length === 0
  const planned = hasNoPair ? movesBack(ctx, region, placed) : spread
  const inProgress = lbs.flatMap((lb) => {
    const row = placements.get(lb.id)
    return row?.phase ? [moveInProgress(ctx, lb, row)] : []
  })
  const byId = new Map(lbs.map((lb) => [lb.id, lb]))
  const moving = new Set(inProgress.map(({ lb_id }) => lb_id))
  const plannedMoves = planned
    .filter(({ id }) => !moving.has(id))
    .flatMap(({ id, to }) => {
      const lb = byId.get(id)
      return lb ? [plannedMove(ctx, lb, region, to)] : []
    })
  return {
    region,
    pairs: placements.pairs
      .all()
      .filter((pair) => pair.region === region)
      .map((pair) => pairView(ctx, pair, { lbs, isUsable: usable.includes(pair) })),
    local_lbs: local.length,
    moves: [...inProgress, ...plannedMoves],
    problem: hasNoPair ? backProblem(ctx, region, placed) : stuck.length > 0 ? STUCK : null,
  }
}

/** With no pair of hosts that isn't draining, load balancers go back to the local nodes. */
function movesBack(
  ctx: Pick<Context, PlacementNeeds>,
  region: Region,
  lbs: readonly PlacedLb[],
): Move[] {
  if (usableLocalNodes(ctx, region).length === 0) return []
  return lbs.filter(({ pair }) => pair !== null).map(({ id }) => ({ id, to: null }))
}

/** Why load balancers can't go back to the local nodes, as a sentence; null if they can. */
function backProblem(
  ctx: Pick<Context, PlacementNeeds>,
  region: Region,
  lbs: readonly PlacedLb[],
): string | null {
  if (lbs.every(({ pair }) => pair === null)) return null
  if (usableLocalNodes(ctx, region).length > 0) return null
  if (!ctx.placements.hasLocalNodes)
    return `${NO_HOSTS} that machine runs no nodes (FAIRLEAD_ROLES). ${ADD_HOSTS}`
  if (localNodes(ctx.registry, region).length > 0)
    return `${NO_HOSTS} its nodes are draining. ${ADD_HOSTS}`
  return (
    `${NO_HOSTS} it has no interface in the network of their HA IPs. Name it in FAIRLEAD_IP_POOLS, as in ` +
    `fr-par=10.99.1.0/24@eth0, or return a host to service.`
  )
}

const NO_HOSTS =
  "There is no pair of hosts that isn't draining, and load balancers can't move back to the control plane's own machine:"
const ADD_HOSTS = 'Add nodes, or return them to service.'

const STUCK =
  "The load balancers on the control plane's own machine can't move to other hosts, because it has no interface in the network " +
  'of their HA IPs. Name it in FAIRLEAD_IP_POOLS, as in fr-par=10.99.1.0/24@eth0.'

/** The pairs whose hosts are both connected, and the others. */
function byPresence(
  { hosts }: Pick<Context, PlacementNeeds>,
  pairs: readonly StoredPair[],
): [there: StoredPair[], away: StoredPair[]] {
  const isThere = ({ a, b }: StoredPair) => hosts.isConnected(a) && hosts.isConnected(b)
  return [pairs.filter(isThere), pairs.filter((pair) => !isThere(pair))]
}

/** A load balancer as the spreading sees it: on the pair that it is going to, and with its present owner. */
function placedLb(ctx: Pick<Context, PlacementNeeds>, { id, master }: Lb): PlacedLb {
  const row = ctx.placements.get(id)
  const pair = row?.phase === 'preparing' ? row.next_pair : (row?.pair ?? null)
  return { id, master, pair, owner: ownerOf(ctx, id, row) }
}

/** The id of the node that owns its HA IP; null if that is not known. */
function ownerOf(
  { placements, hosts, registry, fleet }: Pick<Context, PlacementNeeds>,
  lbId: string,
  row: PlacementRow | null,
): string | null {
  const pair = row && placements.pairOf(row)
  if (!row || !pair) {
    const local = registry.all().filter((node) => !isJoined(node))
    return local.find(({ id }) => fleet.instanceOn(id, lbId)?.report.active)?.id ?? null
  }
  const owner = carrierOwners(hosts, pair)[row.carrier]
  return owner === null || owner === 'both' ? null : pair[owner]
}

function plannedMove(
  ctx: Pick<Context, PlacementNeeds>,
  lb: Lb,
  region: Region,
  to: number | null,
): PlacementMove {
  const row = ctx.placements.get(lb.id)
  const owner = ownerOf(ctx, lb.id, row)
  const ownerStays = isAmong(ctx, owner, nodesOf(ctx, region, to))
  return {
    lb_id: lb.id,
    lb_name: lb.name,
    from_pair: row?.pair ?? null,
    to_pair: to,
    from_nodes: nodeNames(ctx, region, row?.pair ?? null),
    to_nodes: nodeNames(ctx, region, to),
    cost: owner === null || ownerStays ? 'none' : 'switchover',
    phase: 'planned',
    waiting_for: null,
  }
}

/** Whether a node is on the host of one of others: the control plane's own machine has two. */
function isAmong(
  { registry }: Pick<Context, PlacementNeeds>,
  nodeId: string | null,
  others: readonly string[],
): boolean {
  const addressOf = (id: string | null) => (id ? registry.find(id)?.address : null) ?? null
  const address = addressOf(nodeId)
  return others.some((id) => id === nodeId || (address !== null && addressOf(id) === address))
}

/** The ids of the nodes of a pair, or of the local nodes. */
function nodesOf(
  { placements, registry }: Pick<Context, PlacementNeeds>,
  region: Region,
  number: number | null,
): string[] {
  if (number === null) return localNodes(registry, region)
  const pair = placements.pairs.find(region, number)
  return pair ? [pair.a, pair.b] : []
}

function moveInProgress(
  ctx: Pick<Context, PlacementNeeds>,
  lb: Lb,
  row: PlacementRow,
): PlacementMove {
  const isPreparing = row.phase === 'preparing'
  const from = isPreparing ? row.pair : row.former_pair
  const to = isPreparing ? row.next_pair : row.pair
  const owner = isPreparing ? ownerOf(ctx, lb.id, row) : row.former_owner
  const ownerStays = isAmong(ctx, owner, nodesOf(ctx, row.region, to))
  const isOpen = row.phase === 'releasing' && row.handing_over === 1
  return {
    lb_id: lb.id,
    lb_name: lb.name,
    from_pair: from,
    to_pair: to,
    from_nodes: nodeNames(ctx, row.region, from),
    to_nodes: nodeNames(ctx, row.region, to),
    cost: owner === null || ownerStays ? 'none' : 'switchover',
    phase: isOpen ? 'handing_over' : (row.phase ?? 'releasing'),
    waiting_for: waitingFor(ctx, row, lb.generation),
  }
}

function nodeNames(
  ctx: Pick<Context, PlacementNeeds>,
  region: Region,
  number: number | null,
): string[] {
  const { placements, registry } = ctx
  const pair = placements.pairs.find(region, number)
  if (pair) return [pair.a, pair.b].map((id) => registry.find(id)?.name ?? id)
  const local = registry.all().filter((node) => node.region === region && !isJoined(node))
  return local.filter(({ state }) => state !== 'revoked').map(({ name }) => name)
}

function pairView(
  ctx: Pick<Context, PlacementNeeds>,
  pair: StoredPair,
  { lbs, isUsable }: { lbs: readonly Lb[]; isUsable: boolean },
): PlacedPair {
  const { placements } = ctx
  const own = lbs.filter(({ id }) => {
    const row = placements.get(id)
    return row?.pair === pair.number
  })
  const mastersOn = (cluster: Cluster) => own.filter(({ master }) => master === cluster).length
  return {
    number: pair.number,
    a: nodeView(ctx, pair.a),
    b: nodeView(ctx, pair.b),
    lbs: own.length,
    masters: { a: mastersOn('a'), b: mastersOn('b') },
    usable: isUsable,
  }
}

function nodeView(
  { placements, hosts, registry }: Pick<Context, PlacementNeeds>,
  nodeId: string,
): PlacedNode {
  const node = registry.find(nodeId)
  return {
    id: nodeId,
    name: node?.name ?? nodeId,
    host: node?.host ?? '',
    connected: hosts.isConnected(nodeId),
    draining: placements.isDraining(nodeId),
  }
}
