import { randomUUID } from 'node:crypto'
import type { NewSession } from '#lib/core/account.ts'
import type { Writer } from '../store/reader.ts'
import { newSecretToken, secretHash } from './secret-token.ts'

/** The client that opens a session: its address and its `User-Agent`. */
export type SessionClient = { address: string | null; userAgent: string | null }

const USER_AGENT_MAX = 512

/** A session ends after this time without use. */
export const IDLE_SECONDS = 12 * 60 * 60
/** A session ends this long after the login at the latest. */
export const ABSOLUTE_SECONDS = 7 * 24 * 60 * 60
/** How often use is stored, because the console polls every second. */
export const REFRESH_SECONDS = 5 * 60

/** When a session ends unless it is used again. */
export function endOf({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }): Date {
  const absolute = Date.parse(createdAt) + ABSOLUTE_SECONDS * 1000
  return new Date(Math.min(Date.parse(expiresAt), absolute))
}

/** Opens a session in a transaction. Only the token's hash is stored. */
export async function openSession(
  writer: Writer,
  userId: string,
  client: SessionClient,
): Promise<NewSession> {
  const token = newSecretToken()
  const now = Date.now()
  const at = new Date(now).toISOString()
  const expiresAt = new Date(now + IDLE_SECONDS * 1000).toISOString()
  const times = { createdAt: at, updatedAt: at, expiresAt }
  const row = { id: randomUUID(), userId, ...secretOf(token, client), ...times }
  await writer.insertInto('sessions').values(row).execute()
  const account = await writer
    .updateTable('users')
    .set({ last_login_at: at })
    .where('id', '=', userId)
    .returning(['id', 'email', 'name', 'role'])
    .executeTakeFirstOrThrow()
  return { token, account, expires_at: endOf(row).toISOString() }
}

function secretOf(token: string, { address, userAgent }: SessionClient) {
  return {
    token: secretHash(token),
    ipAddress: address,
    userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null,
  }
}
