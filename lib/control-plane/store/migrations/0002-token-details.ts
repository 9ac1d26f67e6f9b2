import type { Kysely } from 'kysely'
import { FALSE } from '../dialect/portable-sql.ts'

/** Details of API tokens. Existing tokens came from the settings. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = () => db.schema.alterTable('api_tokens')
  await table()
    .addColumn('name', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await table().addColumn('created_by', 'text').execute()
  await table().addColumn('last_used_at', 'text').execute()
  await table().addColumn('expires_at', 'text').execute()
  await table()
    .addColumn('from_settings', 'boolean', (c) => c.notNull().defaultTo(FALSE))
    .execute()
}
