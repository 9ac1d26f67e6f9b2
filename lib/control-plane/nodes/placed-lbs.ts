import type { RegisteredNode } from '#lib/core/node.ts'
import type { Placements } from '../placement/placements.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Reader } from '../store/reader.ts'
import { rowLogEnd } from '../store/row-log.ts'
import type { Store } from '../store/store.ts'

/** What a node is to have, as a snapshot of the database says. */
export type PlacedLbs = {
  /** The snapshot's position in the row log; undefined without one. */
  asOf: number | undefined
  /** The load balancers that exist and are on the node. */
  placed: Set<string>
  /** Those whose placement another process has changed, and this one doesn't know the change yet. Nothing can be said of them. */
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

/** The load balancers that exist and whose placement in memory is another one than in a snapshot. */
async function unsettledPlacements(
  reader: Reader,
  placements: Placements,
  ids: string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await reader.selectFrom('placements').selectAll().where('lb_id', 'in', ids).execute()
  const pairs = await reader
    .selectFrom('node_pairs')
    .select(['region', 'number', 'node_a', 'node_b'])
    .execute()
  const keyOf = (region: string, number: number) => `${region}/${number}`
  const byKey = new Map(pairs.map((row) => [keyOf(row.region, row.number), row]))
  const isPairKnown = (region: PlacementRow['region'], number: number | null) => {
    if (number === null) return true
    const [row, known] = [byKey.get(keyOf(region, number)), placements.pairs.find(region, number)]
    return row?.node_a === known?.a && row?.node_b === known?.b
  }
  const stored = new Map(rows.map((row) => [row.lb_id, row]))
  const isSettled = (id: string) => {
    const [row, known] = [stored.get(id), placements.get(id)]
    if (!row || !known) return !row && !known
    const numbers = [row.pair, row.next_pair, row.former_pair]
    return areEqual(row, known) && numbers.every((number) => isPairKnown(row.region, number))
  }
  return new Set(ids.filter((id) => !isSettled(id)))
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
