import { type Kysely, sql } from 'kysely'
import { randomHex } from '../dialect/portable-sql.ts'

/**
 * Revisions: random names of generations. They distinguish a restored older database from the one that the nodes followed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('lbs')
    .addColumn('revision', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema.alterTable('changes').addColumn('revision', 'text').execute()
  await sql`update lbs set revision = ${randomHex(16)}`.execute(db)
  // Nodes don't have revisions of earlier generations.
  await sql`update changes set revision = lbs.revision from lbs
    where lbs.id = changes.lb_id and lbs.generation = changes.generation`.execute(db)
  await db.schema.createIndex('changes_revision').on('changes').column('revision').execute()

  await db.schema
    .createTable('abandoned_revisions')
    .addColumn('lb_id', 'text', (c) => c.notNull())
    .addColumn('revision', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('abandoned_revisions_key', ['lb_id', 'revision'])
    .execute()
}
