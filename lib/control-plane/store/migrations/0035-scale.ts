import type { Kysely } from 'kysely'

/** Indexes for what would otherwise read all load balancers: the next free address, and pages of lists in each order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('ips_address_number').on('ips').column('address_number').execute()
  await db.schema.dropIndex('lbs_region').execute()
  for (const column of ['created_at', 'name_folded']) {
    const index = (name: string) => db.schema.createIndex(`lbs_${name}`).on('lbs')
    await index(column).columns([column, 'id']).execute()
    await index(`region_${column}`).columns(['region', column, 'id']).execute()
  }
}
