import { type Kysely, sql } from 'kysely'

/** Who leads the control planes that share a database. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('leadership')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('term', 'bigint', (c) => c.notNull())
    .addColumn('holder', 'text')
    .addColumn('renewals', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into leadership values (1, 0, null, 0)`.execute(db)
}
