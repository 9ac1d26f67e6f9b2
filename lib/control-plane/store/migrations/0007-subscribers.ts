import { type Kysely, sql } from 'kysely'
import { numberedByDatabase } from '../dialect/portable-sql.ts'

/** Subscribers, their deliveries, and the open alerts of load balancers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('subscribers')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('email', 'text')
    .addColumn('uri', 'text')
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('zone', 'text', (c) => c.notNull())
    .addColumn('organization_id', 'text', (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('subscriber_secrets')
    .addColumn('subscriber_id', 'text', (c) =>
      c.primaryKey().references('subscribers.id').onDelete('cascade'),
    )
    .addColumn('secret', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .alterTable('lbs')
    .addColumn('subscriber_id', 'text', (c) => c.references('subscribers.id'))
    .execute()
  await db.schema.createIndex('lbs_subscriber_id').on('lbs').column('subscriber_id').execute()

  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'integer', numberedByDatabase)
    .addColumn('subscriber_id', 'text', (c) =>
      c.notNull().references('subscribers.id').onDelete('cascade'),
    )
    .addColumn('lb_id', 'text')
    .addColumn('event_id', 'text', (c) => c.notNull())
    .addColumn('event_type', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('attempts', 'text', (c) => c.notNull())
    .addColumn('attempt_count', 'integer', (c) => c.notNull())
    .addColumn('next_attempt_at', 'text')
    .execute()
  await db.schema
    .createIndex('deliveries_of_subscriber')
    .on('deliveries')
    .columns(['subscriber_id', 'id'])
    .execute()
  await db.schema
    .createIndex('deliveries_pending')
    .on('deliveries')
    .columns(['subscriber_id', 'id'])
    .where(sql.ref('status'), '=', sql.lit('pending'))
    .execute()
  await db.schema
    .createTable('troubles')
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('since', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('troubles_key', ['lb_id', 'subject'])
    .execute()
}
