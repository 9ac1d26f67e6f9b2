import { type Kysely, sql } from 'kysely'
import { FOLDED_COLUMNS, folded } from './folded-columns.ts'
import type { Tables } from './tables.ts'

const UNICODE_VERSION = 'unicode_version'

/** Columns whose value is a JSON list. */
const LISTS = ['tags']

/**
 * Fills all folded columns anew where they were filled with another version of Unicode, or never: other versions fold
 * characters that this one does not know.
 */
export async function refold(db: Kysely<Tables>): Promise<void> {
  const value = process.versions.unicode ?? ''
  await db.transaction().execute(async (writer) => {
    const filled = writer.selectFrom('settings').select('value').where('key', '=', UNICODE_VERSION)
    if ((await filled.executeTakeFirst())?.value === value) return
    for (const [table, columns] of Object.entries(FOLDED_COLUMNS)) {
      for (const column of columns) {
        const source = sql.ref(column)
        const text = LISTS.includes(column)
          ? sql`(select json_group_array(fold_case(value)) from json_each(${source}))`
          : sql`fold_case(coalesce(${source}, ''))`
        await sql`update ${sql.table(table)} set ${folded(column)} = ${text}`.execute(writer)
      }
    }
    await writer
      .insertInto('settings')
      .values({ key: UNICODE_VERSION, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
  })
}
