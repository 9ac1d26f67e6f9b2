import { sql } from 'kysely'
import { yieldEvery } from '../yield-every.ts'
import type { Reader } from './reader.ts'

/** Load balancers whose rules are counted with one query. */
const COUNTED_MAX = 100
/** The maximum weight of a batch of several load balancers. */
const WEIGHT_MAX = 2000
/** Characters of a rule's lists that weigh as much as a rule. */
const RULE_CHARACTERS = 250

/**
 * Splits load balancers into batches that can be read without blocking the event loop for long: many small ones, or one large one.
 * Yields to the event loop between batches.
 */
export async function* lbBatches(reader: Reader, ids: string[]): AsyncGenerator<string[]> {
  const yieldWhenDue = yieldEvery()
  let batch: string[] = []
  let sum = 0
  for (let at = 0; at < ids.length; at += COUNTED_MAX) {
    const some = ids.slice(at, at + COUNTED_MAX)
    const weights = await weightsOf(reader, some)
    for (const id of some) {
      const weight = weights.get(id) ?? 0
      if (batch.length > 0 && (sum + weight > WEIGHT_MAX || batch.length >= COUNTED_MAX)) {
        yield batch
        await yieldWhenDue()
        batch = []
        sum = 0
      }
      batch.push(id)
      sum += weight
    }
  }
  if (batch.length > 0) yield batch
}

/** The weight of each load balancer's rules. A rule without lists weighs 1. */
async function weightsOf(reader: Reader, ids: string[]): Promise<Map<string, number>> {
  const weights = new Map<string, number>()
  const add = (rows: { lb_id: string; rules: number; characters: number | null }[]) => {
    for (const { lb_id, rules, characters } of rows) {
      const weight = rules + (characters ?? 0) / RULE_CHARACTERS
      weights.set(lb_id, (weights.get(lb_id) ?? 0) + weight)
    }
  }
  const lists = { backends: 'servers', frontends: null, routes: null, acls: 'match' } as const
  for (const [table, list] of Object.entries(lists)) {
    const rows = await reader
      .selectFrom(table as 'backends')
      .select(({ fn }) => ['lb_id', fn.countAll<number>().as('rules')])
      .select(
        (list ? sql<number | null>`sum(length(${sql.ref(list)}))` : sql<null>`null`).as(
          'characters',
        ),
      )
      .where('lb_id', 'in', ids)
      .groupBy('lb_id')
      .execute()
    add(rows)
  }
  return weights
}
