import { createHash } from 'node:crypto'
import { timestamp } from '../clock.ts'
import type { Credentials } from '../config.ts'
import type { Reader, Store } from '../store/store.ts'

/** Secret keys are random UUIDs, 122 bits: a plain hash can't be reversed by guessing, and finding by it leaks nothing. */
const hashOf = (secretKey: string) =>
  createHash('sha256').update(secretKey.toLowerCase()).digest('base64url')

/** Makes an API token. Where its access key or its secret key is there already, this pair takes the place of that. */
export async function ensureApiToken(store: Store, credentials: Credentials): Promise<void> {
  const { accessKey: access_key, secretKey } = credentials
  const secret_hash = hashOf(secretKey)
  await store.transaction(async (writer) => {
    await writer.deleteFrom('api_tokens').where('secret_hash', '=', secret_hash).execute()
    await writer
      .insertInto('api_tokens')
      .values({ access_key, secret_hash, created_at: timestamp() })
      .onConflict((conflict) => conflict.column('access_key').doUpdateSet({ secret_hash }))
      .execute()
  })
}

/** The access key of the token whose secret is shown, or null where there is none. */
export async function findApiToken(reader: Reader, secretKey: string): Promise<string | null> {
  const token = await reader
    .selectFrom('api_tokens')
    .select('access_key')
    .where('secret_hash', '=', hashOf(secretKey))
    .executeTakeFirst()
  return token?.access_key ?? null
}
