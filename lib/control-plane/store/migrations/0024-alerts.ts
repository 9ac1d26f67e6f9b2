import type { Kysely } from 'kysely'

/** The open alerts of load balancers with a subscriber. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('troubles').renameTo('alerts').execute()
}
