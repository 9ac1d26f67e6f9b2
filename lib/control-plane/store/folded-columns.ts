import { type Kysely, type RawBuilder, sql } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'
import type { StoreDialect } from './dialect/store-dialect.ts'
import type { Tables } from './tables.ts'

/** The columns that are searched or sorted case-insensitively. Each has a second column with its case-folded text. */
export const FOLDED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  lbs: ['name', 'tags'],
  backends: ['name'],
  frontends: ['name'],
  acls: ['name'],
  certificates: ['name'],
  subscribers: ['name'],
  ips: ['reverse', 'tags'],
  changes: ['actor_name'],
  audit: ['actor_name'],
}

/** Columns that contain a JSON list. */
const LISTS = ['tags']

const SUFFIX = '_folded'
const UNICODE_VERSION = 'unicode_version'

export const foldedName = (column: string) => `${column}${SUFFIX}`

export const isFolded = (column: string) => column.endsWith(SUFFIX)

export const isFoldedList = (column: string) => LISTS.includes(column)

/** The folded column of a column, for `where` and `order by`. */
export const folded = (column: string): RawBuilder<string> => sql.ref(foldedName(column))

/** The value of a folded column: a text folded, or a list of texts as JSON. */
export function foldedValue(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((one) => foldCase(String(one))))
  return value === null || value === undefined ? '' : foldCase(String(value))
}

/** Fills all folded columns, unless they were filled with this version of Unicode. Another version may fold characters differently. */
export async function refold(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const value = process.versions.unicode ?? ''
  await db.transaction().execute(async (writer) => {
    await dialect.lockWriters(writer)
    const filled = writer.selectFrom('settings').select('value').where('key', '=', UNICODE_VERSION)
    if ((await filled.executeTakeFirst())?.value === value) return
    for (const [table, columns] of Object.entries(FOLDED_COLUMNS)) {
      for (const column of columns) await dialect.refold(writer, table, column)
    }
    await writer
      .insertInto('settings')
      .values({ key: UNICODE_VERSION, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
  })
}
