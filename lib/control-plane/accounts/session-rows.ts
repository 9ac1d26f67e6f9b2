import { randomUUID } from 'node:crypto'
import type { NewSession } from '#lib/core/account.ts'
import type { Writer } from '../store/store.ts'
import { newSecretToken, secretHash } from './secret-token.ts'
import { endOf, IDLE_SECONDS } from './session-times.ts'

/** Who opens a session: the address that the request came from, and what its program calls itself. */
export type Visitor = { address: string | null; userAgent: string | null }

const USER_AGENT_MAX = 512

/** Opens a session within a transaction. Its token is told this once: the database has only a hash. */
export async function openSession(
  writer: Writer,
  userId: string,
  visitor: Visitor,
): Promise<NewSession> {
  const token = newSecretToken()
  const now = Date.now()
  const at = new Date(now).toISOString()
  const expiresAt = new Date(now + IDLE_SECONDS * 1000).toISOString()
  const times = { createdAt: at, updatedAt: at, expiresAt }
  const row = { id: randomUUID(), userId, ...secretOf(token, visitor), ...times }
  await writer.insertInto('sessions').values(row).execute()
  const account = await writer
    .updateTable('users')
    .set({ last_login_at: at })
    .where('id', '=', userId)
    .returning(['id', 'email', 'name', 'role'])
    .executeTakeFirstOrThrow()
  return { token, account, expires_at: endOf(row).toISOString() }
}

function secretOf(token: string, { address, userAgent }: Visitor) {
  return {
    token: secretHash(token),
    ipAddress: address,
    userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null,
  }
}
