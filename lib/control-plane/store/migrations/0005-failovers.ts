import type { Kysely } from 'kysely'
import { numberedByDatabase } from '../dialect/portable-sql.ts'

/** The failovers of load balancers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('failovers')
    .addColumn('id', 'integer', numberedByDatabase)
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('from_cluster', 'text', (c) => c.notNull())
    .addColumn('to_cluster', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('gap_ms', 'real', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('failovers_of_lb').on('failovers').columns(['lb_id', 'id']).execute()
}
