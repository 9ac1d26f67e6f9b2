import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Tables } from '#lib/control-plane/store/tables.ts'

type Table = 'backends' | 'frontends' | 'routes' | 'acls'
type Row = Record<string, unknown>

/** Rows of one statement, whose number of values databases limit. */
const BATCH = 500

/** Writes copies of a row into the database, where API calls would take too long. @param columns the different values of each copy */
export async function copyRow<T extends Table>(
  database: Kysely<Tables>,
  table: T,
  id: string,
  count: number,
  columns: (at: number) => Partial<Tables[T]>,
): Promise<void> {
  const tables = database as unknown as Kysely<Record<Table, Row>>
  const row = await tables
    .selectFrom(table as Table)
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const copies = Array.from({ length: count }, (_, at) => ({
    ...row,
    ...columns(at),
    id: randomUUID(),
  }))
  for (let at = 0; at < count; at += BATCH) {
    await tables
      .insertInto(table as Table)
      .values(copies.slice(at, at + BATCH))
      .execute()
  }
}
