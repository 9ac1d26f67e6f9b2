import { type Kysely, sql } from 'kysely'

/** Nodes on other machines, which have an address and a certificate instead of a credential; and the tokens they join with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('nodes_joining')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('cluster', 'text', (c) => c.notNull())
    .addColumn('host', 'text', (c) => c.notNull())
    .addColumn('address', 'text')
    .addColumn('version', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('credential_hash', 'text', (c) => c.unique())
    .addColumn('certificate_expires_at', 'text')
    .addColumn('last_seen_at', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await sql`insert into nodes_joining
    select id, name, region, cluster, host, null, version, state, credential_hash, null, null, created_at, updated_at
    from nodes`.execute(db)
  await db.schema.dropTable('nodes').execute()
  await db.schema.alterTable('nodes_joining').renameTo('nodes').execute()
  await db.schema
    .createTable('join_tokens')
    .addColumn('secret_hash', 'text', (c) => c.primaryKey())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('cluster', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('used_at', 'text')
    .execute()
}
