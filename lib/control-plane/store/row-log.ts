import { sql } from 'kysely'
import type { Reader, Writer } from './reader.ts'
import type { RowLogRow } from './tables.ts'

const HORIZON = 'row_log_horizon'

/** A row that was inserted, updated or deleted. Its key is that of the table; parts of a key are separated by "/". */
export type RowChange = Pick<RowLogRow, 'table_name' | 'key'>

/**
 * The ID of the newest row change that a reader sees; 0 if there is none. Read in a snapshot, it orders that snapshot among all
 * others, because IDs become visible in ascending order (`StoreDialect.lockWriters`).
 */
export async function rowLogEnd(reader: Reader): Promise<number> {
  const query = reader.selectFrom('row_log').select(({ fn }) => fn.max('id').as('id'))
  const newest = Number((await query.executeTakeFirst())?.id ?? 0)
  return Math.max(newest, await readHorizon(reader))
}

/**
 * Follows the changes of rows that a process keeps in memory, on databases that have a row log (`Store.isShared`). A row that is read
 * after its change was is the changed one or a newer one.
 */
export class RowLog {
  #cursor: number

  private constructor(cursor: number) {
    this.#cursor = cursor
  }

  /** Begins at the end. Open it before the rows are read, or in the same snapshot. */
  static async open(reader: Reader): Promise<RowLog> {
    return new RowLog(await rowLogEnd(reader))
  }

  /**
   * The next changes, in commit order, each row once, where it changed last.
   * @returns null if some of them are pruned; then read all rows again. The log continues at its end
   */
  async read(reader: Reader): Promise<RowChange[] | null> {
    const { horizon, rows } = await rowsAfter(reader, this.#cursor)
    if (this.#cursor < horizon) {
      this.#cursor = await rowLogEnd(reader)
      return null
    }
    this.#cursor = rows.at(-1)?.id ?? this.#cursor
    const last = new Map<string, RowChange>()
    for (const { table_name, key } of rows) {
      last.delete(`${table_name}/${key}`)
      last.set(`${table_name}/${key}`, { table_name, key })
    }
    return [...last.values()]
  }
}

/** Deletes changes that are older than `ageMs` by the database's clock. Readers that haven't read them reload. */
export async function pruneRowLog(writer: Writer, ageMs: number): Promise<void> {
  const pruned = await writer
    .deleteFrom('row_log')
    .where('at', '<', sql<Date>`now() - ${ageMs}::float8 * interval '1 millisecond'`)
    .returning('id')
    .execute()
  if (pruned.length === 0) return
  const value = String(Math.max(...pruned.map(({ id }) => id)))
  await writer
    .insertInto('settings')
    .values({ key: HORIZON, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** The rows after an ID, and the horizon, which is not older than they are. */
async function rowsAfter(reader: Reader, id: number) {
  const rows = await reader
    .selectFrom('row_log')
    .select(['id', 'table_name', 'key'])
    .select((rowLog) =>
      rowLog.selectFrom('settings').select('value').where('key', '=', HORIZON).as('horizon'),
    )
    .where('id', '>', id)
    .orderBy('id')
    .execute()
  const [first] = rows
  return { rows, horizon: first ? Number(first.horizon ?? 0) : await readHorizon(reader) }
}

async function readHorizon(reader: Reader): Promise<number> {
  const query = reader.selectFrom('settings').select('value').where('key', '=', HORIZON)
  return Number((await query.executeTakeFirst())?.value ?? 0)
}
