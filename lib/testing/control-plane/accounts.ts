import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { newSecretToken, secretHash } from '#lib/control-plane/accounts/secret-token.ts'
import type { Tables } from '#lib/control-plane/store/tables.ts'
import type { Role } from '#lib/core/access.ts'

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/**
 * Adds an account with a password and sessions that were last used ten minutes ago.
 * @returns its ID, and the headers of each session's requests
 */
export async function addAccount(
  database: Kysely<Tables>,
  role: Role,
  sessions = 1,
): Promise<{ id: string; headers: Record<string, string>[] }> {
  const id = randomUUID()
  const tokens = Array.from({ length: sessions }, newSecretToken)
  const created = { createdAt: ago(60), updatedAt: ago(60) }
  const account = { id, name: role, email: `${id}@example.com`, role, ...created }
  const state = { emailVerified: 0, disabled: 0, last_login_at: null }
  await database
    .insertInto('users')
    .values({ ...account, ...state })
    .execute()
  const credential = { id, accountId: id, providerId: 'credential', userId: id, password: 'none' }
  await database
    .insertInto('credentials')
    .values({ ...credential, ...created })
    .execute()
  const rows = tokens.map((token) => ({
    ...{ id: randomUUID(), userId: id, token: secretHash(token) },
    ...{ createdAt: ago(10), updatedAt: ago(10), expiresAt: ago(-600) },
    ...{ ipAddress: null, userAgent: null },
  }))
  await database.insertInto('sessions').values(rows).execute()
  return { id, headers: tokens.map((token) => ({ Authorization: `Bearer ${token}` })) }
}
