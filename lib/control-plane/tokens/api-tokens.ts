import { createHash, randomInt, randomUUID } from 'node:crypto'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Credentials } from '../settings.ts'
import type { Store } from '../store/store.ts'
import type { ApiTokenRow } from '../store/tables.ts'

/** The stored hash of a secret key. A key is a random UUID (122 bits), so a plain hash is enough. */
export const hashOf = (secretKey: string) =>
  createHash('sha256').update(secretKey.toLowerCase()).digest('base64url')

const KEY_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const KEY_RANDOM = 17

/** Creates an access key and a secret key. */
export function newCredentials(): Credentials {
  const random = Array.from(
    { length: KEY_RANDOM },
    () => KEY_CHARACTERS[randomInt(KEY_CHARACTERS.length)],
  )
  return { accessKey: `SCW${random.join('')}`, secretKey: randomUUID() }
}

/**
 * Creates or replaces the API token of the settings; a token with the same access key or secret key is replaced. The token of earlier
 * settings becomes an ordinary token.
 */
export async function ensureApiToken(store: Store, credentials: Credentials | null): Promise<void> {
  await store.transaction(Authority.system, async (writer) => {
    await writer.updateTable('api_tokens').set({ from_settings: false }).execute()
    if (!credentials) return
    const { accessKey: access_key, secretKey } = credentials
    const secret_hash = hashOf(secretKey)
    await writer
      .deleteFrom('api_tokens')
      .where('secret_hash', '=', secret_hash)
      .where('access_key', '!=', access_key)
      .execute()
    const row: ApiTokenRow = {
      access_key,
      secret_hash,
      name: 'From the settings',
      scope: 'full',
      created_at: timestamp(),
      created_by: null,
      last_used_at: null,
      expires_at: null,
      from_settings: true,
      owner_id: null,
      networks: [],
    }
    await writer
      .insertInto('api_tokens')
      .values(row)
      .onConflict((conflict) => {
        const {
          access_key: _key,
          created_at: _at,
          created_by: _by,
          last_used_at: _used,
          ...own
        } = row
        return conflict.column('access_key').doUpdateSet(own)
      })
      .execute()
  })
}
