import type { RegisteredNode } from '#lib/core/node.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Reader, Writer } from '../store/reader.ts'

/** Load balancers in one query. */
const BATCH = 500

/** The placements of these load balancers, or all, by load balancer. */
export async function readPlacements(
  reader: Reader,
  lbIds: readonly string[] | null,
): Promise<Map<string, PlacementRow>> {
  const all = reader.selectFrom('placements').selectAll()
  if (!lbIds) return byLb(await all.execute())
  const rows: PlacementRow[] = []
  for (let at = 0; at < lbIds.length; at += BATCH) {
    rows.push(...(await all.where('lb_id', 'in', lbIds.slice(at, at + BATCH)).execute()))
  }
  return byLb(rows)
}

function byLb(rows: readonly PlacementRow[]): Map<string, PlacementRow> {
  return new Map(
    rows.map((row) => [row.lb_id, { ...row, carrier_epoch: Number(row.carrier_epoch) }]),
  )
}

/** @returns false if its load balancer is deleted */
export async function writePlacement(
  writer: Writer,
  { lb_id, ...row }: PlacementRow,
): Promise<boolean> {
  const lb = writer.selectFrom('lbs').select('id').where('id', '=', lb_id)
  if (!(await lb.executeTakeFirst())) return false
  const columns = { ...row, requested_by: JSON.stringify(row.requested_by) as never }
  await writer
    .insertInto('placements')
    .values({ lb_id, ...columns })
    .onConflict((conflict) => conflict.column('lb_id').doUpdateSet(columns))
    .execute()
  return true
}

/** Whether a load balancer is on the same nodes as before. */
export function isOnSameNodes(one: PlacementRow | undefined, other: PlacementRow): boolean {
  if (!one) return false
  const { pair, phase, next_pair, former_pair } = other
  const areSamePairs = one.pair === pair && one.next_pair === next_pair
  return areSamePairs && one.former_pair === former_pair && one.phase === phase
}

/** How many load balancers the database has on the pairs of a node, or on their way there. */
export async function countStoredOn(
  reader: Reader,
  { id, region }: Pick<RegisteredNode, 'id' | 'region'>,
): Promise<number> {
  const pairs = await reader
    .selectFrom('node_pairs')
    .select('number')
    .where((where) => where.or([where('node_a', '=', id), where('node_b', '=', id)]))
    .execute()
  const numbers = pairs.map(({ number }) => number)
  if (numbers.length === 0) return 0
  const placed = await reader
    .selectFrom('placements')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('region', '=', region)
    .where((where) => where.or([where('pair', 'in', numbers), where('next_pair', 'in', numbers)]))
    .executeTakeFirst()
  return Number(placed?.count ?? 0)
}

/** Whether the database has the pair of a placement. */
export async function hasPair(
  reader: Reader,
  { region, pair }: Pick<PlacementRow, 'region' | 'pair'>,
): Promise<boolean> {
  if (pair === null) return true
  const query = reader.selectFrom('node_pairs').select('number').where('region', '=', region)
  return (await query.where('number', '=', pair).executeTakeFirst()) !== undefined
}
