import type { Kysely } from 'kysely'

/** `host` of backends; "" for none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('backends')
    .addColumn('host', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
}
