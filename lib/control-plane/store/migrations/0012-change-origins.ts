import type { Kysely } from 'kysely'

/** The client's address and the request's ID of each change, as in the audit log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('changes').addColumn('address', 'text').execute()
  await db.schema.alterTable('changes').addColumn('request_id', 'text').execute()
}
