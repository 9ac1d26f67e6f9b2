import type { Kysely } from 'kysely'
import { numberedByDatabase } from '../dialect/portable-sql.ts'

/** The audit log of logins and denials, and indexes by time for it and the history. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', numberedByDatabase)
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_name', 'text', (c) => c.notNull())
    .addColumn('address', 'text')
    .addColumn('detail', 'text')
    .addColumn('request_id', 'text')
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('last_at', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('audit_at').on('audit').column('at').execute()
  await db.schema.createIndex('changes_at').on('changes').column('at').execute()
}
