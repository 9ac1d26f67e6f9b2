import type { Kysely } from 'kysely'

/** Indexes for what would otherwise read all load balancers: the next free address, and pages of lists in each order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('ips_address_number').on('ips').column('address_number').execute()
  await db.schema.createIndex('lbs_created').on('lbs').columns(['created_at', 'id']).execute()
  await db.schema.createIndex('lbs_name').on('lbs').columns(['name_folded', 'id']).execute()
}
