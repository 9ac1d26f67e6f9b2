import type { Kysely } from 'kysely'

const TEXTS = [
  ['lbs', 'name'],
  ['backends', 'name'],
  ['frontends', 'name'],
  ['acls', 'name'],
  ['certificates', 'name'],
  ['subscribers', 'name'],
  ['ips', 'reverse'],
  ['changes', 'actor_name'],
  ['audit', 'actor_name'],
] as const
const LISTS = [
  ['lbs', 'tags'],
  ['ips', 'tags'],
] as const

/** Adds a case-folded copy of each column that is searched or sorted. `refold` fills it in existing rows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, column] of TEXTS) await addFolded(db, table, column, '')
  for (const [table, column] of LISTS) await addFolded(db, table, column, '[]')
}

function addFolded(
  db: Kysely<unknown>,
  table: string,
  column: string,
  empty: string,
): Promise<void> {
  return db.schema
    .alterTable(table)
    .addColumn(`${column}_folded`, 'text', (c) => c.notNull().defaultTo(empty))
    .execute()
}
