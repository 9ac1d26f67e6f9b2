import type { Kysely } from 'kysely'

/** The time of the newest failover of a load balancer that is not kept any more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('failover_horizons')
    .addColumn('lb_id', 'text', (c) => c.primaryKey().references('lbs.id').onDelete('cascade'))
    .addColumn('at', 'text', (c) => c.notNull())
    .execute()
}
