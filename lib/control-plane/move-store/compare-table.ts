import { createHash } from 'node:crypto'
import {
  keyOf,
  type StoredRow,
  type StoredTable,
  type StoredTables,
} from '../store/dialect/stored-tables.ts'

/** One of the databases with its rows. */
type Side = [place: { name: string }, tables: StoredTables]

export type Compared = {
  rows: number
  /** The SHA-256 of all rows as JSON lines in the order of their keys, which is the same in both databases. */
  digest: string
}

/** Compares a table in two databases, row by row. @throws Error that names the table and the key of the first difference */
export async function compareTable(
  table: StoredTable,
  [source, sourceTables]: Side,
  [target, targetTables]: Side,
): Promise<Compared> {
  const expected = new DigestedRows(table, sourceTables)
  const actual = new DigestedRows(table, targetTables)
  let rows = 0
  for (;;) {
    const [one, other] = [await expected.next(), await actual.next()]
    if (one === null && other === null) break
    if (one?.line !== other?.line) {
      const key = keyOf(table, (one ?? other)?.row as StoredRow)
      const where = `${source.name} and ${target.name}`
      throw new Error(`Table ${table.name}, ${key}: the row is not the same in ${where}.`)
    }
    rows += 1
  }
  if (table.isNumbered) {
    const [last, copied] = [
      await sourceTables.lastNumber(table),
      await targetTables.lastNumber(table),
    ]
    if (last !== copied) {
      throw new Error(
        `Table ${table.name}: the last number is ${last} and was copied as ${copied}.`,
      )
    }
  }
  const [digest, copied] = [expected.digest(), actual.digest()]
  if (digest !== copied) throw new Error(`Table ${table.name}: ${digest} was copied as ${copied}.`)
  return { rows, digest }
}

/** The rows of a table, one by one. */
class DigestedRows {
  readonly #batches: AsyncGenerator<StoredRow[]>
  readonly #hash = createHash('sha256')
  #batch: StoredRow[] = []
  #at = 0

  constructor(table: StoredTable, tables: StoredTables) {
    this.#batches = tables.rows(table)
  }

  async next(): Promise<{ row: StoredRow; line: string } | null> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next()
      if (next.done) return null
      this.#batch = next.value
      this.#at = 0
    }
    const row = this.#batch[this.#at] as StoredRow
    this.#at += 1
    const line = JSON.stringify(row)
    this.#hash.update(line).update('\n')
    return { row, line }
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}
