import type { Kysely } from 'kysely'

/** `sticky_sessions_nocache` of backends. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('backends')
    .addColumn('sticky_sessions_nocache', 'boolean', (c) => c.notNull().defaultTo(true))
    .execute()
}
