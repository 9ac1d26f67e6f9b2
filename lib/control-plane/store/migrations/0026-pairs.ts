import type { Kysely } from 'kysely'

/** Pairs of hosts, and the load balancers that are on them or on their way there. Without a row it is on the local nodes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('node_pairs')
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('node_a', 'text', (c) => c.notNull().references('nodes.id').onDelete('cascade'))
    .addColumn('node_b', 'text', (c) => c.notNull().references('nodes.id').onDelete('cascade'))
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('node_pairs_key', ['region', 'number'])
    .addUniqueConstraint('node_pairs_nodes', ['node_a', 'node_b'])
    .execute()
  await db.schema
    .createTable('placements')
    .addColumn('lb_id', 'text', (c) => c.primaryKey().references('lbs.id').onDelete('cascade'))
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('pair', 'integer')
    .addColumn('carrier', 'text', (c) => c.notNull())
    .addColumn('carrier_epoch', 'bigint', (c) => c.notNull())
    .addColumn('handing_over', 'integer', (c) => c.notNull())
    .addColumn('phase', 'text')
    .addColumn('next_pair', 'integer')
    .addColumn('former_pair', 'integer')
    .addColumn('former_owner', 'text')
    .addColumn('phase_since', 'text')
    .addColumn('requested_by', 'text')
    .execute()
  await db.schema
    .createTable('draining_nodes')
    .addColumn('node_id', 'text', (c) => c.primaryKey().references('nodes.id').onDelete('cascade'))
    .addColumn('since', 'text', (c) => c.notNull())
    .execute()
}
