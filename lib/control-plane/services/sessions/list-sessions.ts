import type { SessionList } from '#lib/core/session.ts'
import { ownSession, type SessionCall } from './own-session.ts'

/** The person's sessions that have not ended. */
export async function listSessions(call: SessionCall): Promise<SessionList> {
  const { accountId, token } = ownSession(call)
  return { sessions: await call.ctx.accounts.sessions.list(accountId, token) }
}
