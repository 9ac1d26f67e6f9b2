import { type Kysely, sql } from 'kysely'

/** `sequence`: the order of the audit log, independent of steps of the clock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['audit', 'changes']) {
    await db.schema
      .alterTable(table)
      .addColumn('sequence', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
    await sql`update ${sql.table(table)} set sequence = at`.execute(db)
    await db.schema.createIndex(`${table}_sequence`).on(table).column('sequence').execute()
  }
  await db.schema.dropIndex('changes_at').execute()
}
