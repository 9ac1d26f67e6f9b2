import { type Kysely, sql } from 'kysely'

/**
 * Retention of the audit log by `kind` and `source`, details of repeated events, and the position of lines in exports.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['kind', 'source', 'feed_position'] as const) {
    await db.schema
      .alterTable('audit')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
      .execute()
  }
  await db.schema.alterTable('audit').addColumn('details', 'text').execute()
  await db.schema
    .alterTable('audit')
    .addColumn('feed_count', 'integer', (c) => c.notNull().defaultTo(1))
    .execute()
  await sql`update audit set feed_position = sequence, feed_count = count, kind = case
    when event in ('login_failed', 'held_off', 'link_refused') then 'anonymous'
    when event = 'denied' and actor_kind = 'unknown' then 'anonymous'
    when event in ('denied', 'password_wrong') then 'denials'
    else 'logins' end`.execute(db)
  await sql`update audit set source =
    case kind when 'anonymous' then coalesce(address, '') else actor_name end`.execute(db)
  await db.schema
    .createIndex('audit_source')
    .on('audit')
    .columns(['kind', 'source', 'id'])
    .execute()
  await db.schema.createIndex('audit_feed').on('audit').column('feed_position').execute()
}
