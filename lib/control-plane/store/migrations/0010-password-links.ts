import type { Kysely } from 'kysely'

/** Links with which people choose a password: one each, its secret as a hash. And when somebody last logged in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('password_links')
    .addColumn('user_id', 'text', (c) => c.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('token_hash', 'text', (c) => c.notNull().unique())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .execute()
  await db.schema.alterTable('users').addColumn('last_login_at', 'text').execute()
}
