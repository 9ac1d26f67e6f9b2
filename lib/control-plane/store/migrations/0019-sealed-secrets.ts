import type { Kysely } from 'kysely'

/** Columns for encrypted secrets. `seal-secrets.ts` encrypts them, because that needs the key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('certificate_chains').renameColumn('pem', 'sealed_pem').execute()
  await db.schema.alterTable('subscriber_secrets').renameColumn('secret', 'sealed_secret').execute()
}
