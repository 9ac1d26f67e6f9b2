import type { Kysely } from 'kysely'

/** Where a change came from, and the request's id, as the audit keeps it of all else. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('changes').addColumn('address', 'text').execute()
  await db.schema.alterTable('changes').addColumn('request_id', 'text').execute()
}
