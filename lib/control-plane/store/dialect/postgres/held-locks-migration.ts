import type { Kysely } from 'kysely'

/** Who holds the locks among the control planes that share a database. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('held_locks')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('heartbeats', 'bigint', (c) => c.notNull())
    .execute()
}
