import type { Kysely } from 'kysely'

/** All control planes, also those without a node listener. They enter themselves again at once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('replicas').execute()
  await db.schema
    .createTable('replicas')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('host', 'text', (c) => c.notNull())
    .addColumn('api_address', 'text', (c) => c.notNull())
    .addColumn('address', 'text')
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('started_at', 'text', (c) => c.notNull())
    .addColumn('last_seen_at', 'text', (c) => c.notNull())
    .execute()
}
