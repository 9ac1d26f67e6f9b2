import type { Kysely } from 'kysely'

/** Secrets are encrypted: `seal-secrets.ts` does it, as that takes the key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('certificate_chains').renameColumn('pem', 'sealed_pem').execute()
  await db.schema.alterTable('subscriber_secrets').renameColumn('secret', 'sealed_secret').execute()
}
