import type { Kysely } from 'kysely'

/** Whether answers that set the sticky cookie are kept out of shared caches. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('backends')
    .addColumn('sticky_sessions_nocache', 'boolean', (c) => c.notNull().defaultTo(true))
    .execute()
}
