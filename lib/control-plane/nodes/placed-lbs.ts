import type { Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { Placements } from '../placement/placements.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Reader } from '../store/reader.ts'
import { rowLogEnd } from '../store/row-log.ts'
import type { Store } from '../store/store.ts'
import type { NodeRow } from '../store/tables.ts'
import { isJoined } from './registry/node-registry.ts'

/** What a node is to have, as a snapshot of the database says. */
export type PlacedLbs = {
  /** The snapshot's position in the row log; undefined without one. */
  asOf: number | undefined
  /** The load balancers that exist and are on the node. */
  placed: Set<string>
  /**
   * Those whose placement, or the addresses of whose pair, another process has changed, and this one doesn't know the change yet. Nothing
   * can be said of them.
   */
  unsettled: Set<string>
}

/** Which of these load balancers exist and are on a node. @param reader of a snapshot, if other processes can write to the database */
export async function placedLbs(
  reader: Reader,
  { store, placements, node }: { store: Store; placements: Placements; node: RegisteredNode },
  ids: string[],
): Promise<PlacedLbs> {
  const rows = await reader.selectFrom('lbs').select('id').where('id', 'in', ids).execute()
  const isPlaced = ({ id }: { id: string }) => placements.isOn(node, id)
  const idsOf = (lbs: { id: string }[]) => new Set(lbs.map(({ id }) => id))
  if (!store.isShared) {
    return { asOf: undefined, placed: idsOf(rows.filter(isPlaced)), unsettled: new Set() }
  }
  const unsettled = await unsettledPlacements(reader, placements, [...idsOf(rows)])
  const isSettled = ({ id }: { id: string }) => !unsettled.has(id)
  return {
    asOf: await rowLogEnd(reader),
    placed: idsOf(rows.filter(isSettled).filter(isPlaced)),
    unsettled,
  }
}

/** The load balancers that exist and whose placement in memory, or the nodes of their pair, are others than in a snapshot. */
async function unsettledPlacements(
  reader: Reader,
  placements: Placements,
  ids: string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await reader.selectFrom('placements').selectAll().where('lb_id', 'in', ids).execute()
  const isPairKnown = await pairComparison(reader, placements)
  const stored = new Map(rows.map((row) => [row.lb_id, row]))
  const isSettled = (id: string) => {
    const [row, known] = [stored.get(id), placements.get(id)]
    if (!row || !known) return !row && !known
    const numbers = [row.pair, row.next_pair, row.former_pair]
    return areEqual(row, known) && numbers.every((number) => isPairKnown(row.region, number))
  }
  return new Set(ids.filter((id) => !isSettled(id)))
}

/** Tells whether a pair and its nodes in memory are those of a snapshot. A pair that exists in neither counts as known. */
async function pairComparison(
  reader: Reader,
  placements: Placements,
): Promise<(region: Region, number: number | null) => boolean> {
  const pairs = await reader
    .selectFrom('node_pairs')
    .select(['region', 'number', 'node_a', 'node_b'])
    .execute()
  const nodes = await reader
    .selectFrom('nodes')
    .select(['id', 'name', 'region', 'cluster', 'address', 'state', 'certificate_expires_at'])
    .execute()
  const byKey = new Map(pairs.map((row) => [`${row.region}/${row.number}`, row]))
  const byId = new Map(nodes.map((row) => [row.id, row]))
  const local = nodes.filter((row) => !isJoined(row) && row.state !== 'revoked')
  return (region, number) => {
    if (number === null) {
      const known = placements.localMembers(region)
      const stored = local.filter((row) => row.region === region)
      return known.every((one) => stored.some((row) => isSameMember(row, one)))
    }
    const [row, known] = [byKey.get(`${region}/${number}`), placements.pairs.find(region, number)]
    if (!row || !known) return !row && !known
    if (row.node_a !== known.a || row.node_b !== known.b) return false
    const members = placements.pairs.membersOf(known)
    return [row.node_a, row.node_b].every((id, at) => isSameMember(byId.get(id), members[at]))
  }
}

function isSameMember(
  row: Pick<NodeRow, 'name' | 'address'> | undefined,
  known: Pick<RegisteredNode, 'name' | 'address'> | null | undefined,
): boolean {
  return row?.name === known?.name && row?.address === known?.address
}

/** Whether they say the same of where a load balancer is, and how it is carried. */
function areEqual(one: PlacementRow, other: PlacementRow): boolean {
  return (
    one.pair === other.pair &&
    one.phase === other.phase &&
    one.next_pair === other.next_pair &&
    one.former_pair === other.former_pair &&
    one.carrier === other.carrier &&
    Number(one.carrier_epoch) === other.carrier_epoch
  )
}
