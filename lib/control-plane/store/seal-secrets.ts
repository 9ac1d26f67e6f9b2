import type { Transaction } from 'kysely'
import { isSealed, type SecretBox, type SecretRow } from '../secrets/secret-box.ts'
import type { Reader } from './reader.ts'
import type { Tables } from './tables.ts'

const KEY_ID = 'secrets_key_id'
const FREE_PAGES_ERASED = 'free_pages_erased'

/** The ID of the key that encrypts the secrets; null if they are in plain text, as in earlier versions. */
export async function readKeyId(reader: Reader): Promise<string | null> {
  return readSetting(reader, KEY_ID)
}

/** Whether `eraseFreePages` has run since secrets were encrypted. */
export async function areFreePagesErased(reader: Reader): Promise<boolean> {
  return (await readSetting(reader, FREE_PAGES_ERASED)) !== null
}

export async function recordFreePagesErased(writer: Transaction<Tables>): Promise<void> {
  await writer.insertInto('settings').values({ key: FREE_PAGES_ERASED, value: '1' }).execute()
}

async function readSetting(reader: Reader, key: string): Promise<string | null> {
  const query = reader.selectFrom('settings').select('value').where('key', '=', key)
  return (await query.executeTakeFirst())?.value ?? null
}

/** Encrypts secrets that an earlier version stored in plain text, and records the key's ID. */
export async function sealSecrets(writer: Transaction<Tables>, box: SecretBox): Promise<void> {
  const seal = (text: string, row: SecretRow) => (isSealed(text) ? text : box.seal(text, row))
  for (const row of await writer.selectFrom('certificate_chains').selectAll().execute()) {
    const { certificate_id: id, sealed_pem: text } = row
    if (isSealed(text)) continue
    await writer
      .updateTable('certificate_chains')
      .set({ sealed_pem: seal(text, { table: 'certificate_chains', id }) })
      .where('certificate_id', '=', id)
      .execute()
  }
  for (const row of await writer.selectFrom('subscriber_secrets').selectAll().execute()) {
    const { subscriber_id: id, sealed_secret: text } = row
    if (isSealed(text)) continue
    await writer
      .updateTable('subscriber_secrets')
      .set({ sealed_secret: seal(text, { table: 'subscriber_secrets', id }) })
      .where('subscriber_id', '=', id)
      .execute()
  }
  const authSecret = await readSetting(writer, 'auth_secret')
  if (authSecret !== null && !isSealed(authSecret)) {
    await writer
      .updateTable('settings')
      .set({ value: seal(authSecret, { table: 'settings', id: 'auth_secret' }) })
      .where('key', '=', 'auth_secret')
      .execute()
  }
  await writer
    .insertInto('settings')
    .values({ key: KEY_ID, value: box.keyId })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: box.keyId }))
    .execute()
}
