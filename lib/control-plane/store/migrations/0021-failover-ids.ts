import { type Kysely, sql } from 'kysely'
import { numberedByDatabase, randomHex } from '../dialect/portable-sql.ts'

/** UUIDs of failovers, which the nodes' reports refer to. Their number becomes their order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('failovers_by_id')
    .addColumn('sequence', 'integer', numberedByDatabase)
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('from_cluster', 'text', (c) => c.notNull())
    .addColumn('to_cluster', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('gap_ms', 'real', (c) => c.notNull())
    .execute()
  const digits = (count: number) => randomHex(count / 2)
  const uuid = sql`${digits(8)} || '-' || ${digits(4)} || '-4' || substr(${digits(4)}, 2) || '-8'
    || substr(${digits(4)}, 2) || '-' || ${digits(12)}`
  await sql`insert into failovers_by_id
    select id, ${uuid}, lb_id, at, from_cluster, to_cluster, reason, gap_ms from failovers`.execute(
    db,
  )
  await db.schema.dropTable('failovers').execute()
  await db.schema.alterTable('failovers_by_id').renameTo('failovers').execute()
  await db.schema
    .createIndex('failovers_of_lb')
    .on('failovers')
    .columns(['lb_id', 'sequence'])
    .execute()
}
