import type { Kysely } from 'kysely'

/** Routes and ACLs of frontends; certificates and private networks of load balancers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('routes')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('frontend_id', 'text', (c) =>
      c.notNull().references('frontends.id').onDelete('cascade'),
    )
    .addColumn('backend_id', 'text', (c) => c.notNull().references('backends.id'))
    .addColumn('match', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await index(db, 'routes', 'lb_id')
  await index(db, 'routes', 'frontend_id')
  await index(db, 'routes', 'backend_id')

  await db.schema
    .createTable('acls')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('frontend_id', 'text', (c) =>
      c.notNull().references('frontends.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('index', 'integer', (c) => c.notNull())
    .addColumn('match', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await index(db, 'acls', 'lb_id')
  await index(db, 'acls', 'frontend_id')

  await db.schema
    .createTable('certificates')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('common_name', 'text', (c) => c.notNull())
    .addColumn('subject_alternative_name', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('not_valid_before', 'text', (c) => c.notNull())
    .addColumn('not_valid_after', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('status_details', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await index(db, 'certificates', 'lb_id')
  await db.schema
    .createTable('certificate_chains')
    .addColumn('certificate_id', 'text', (c) =>
      c.primaryKey().references('certificates.id').onDelete('cascade'),
    )
    .addColumn('pem', 'text', (c) => c.notNull())
    .execute()

  await db.schema
    .createTable('private_networks')
    .addColumn('lb_id', 'text', (c) => c.notNull().references('lbs.id').onDelete('cascade'))
    .addColumn('private_network_id', 'text', (c) => c.notNull())
    .addColumn('ipam_ids', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('private_networks_key', ['lb_id', 'private_network_id'])
    .execute()
}

async function index(db: Kysely<unknown>, table: string, column: string): Promise<void> {
  await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
}
