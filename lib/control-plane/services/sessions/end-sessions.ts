import type { EndedSessions } from '#lib/core/session.ts'
import { resourceNotFound } from '../../errors.ts'
import { ownSession, type SessionCall } from './own-session.ts'

/** Ends one of the person's sessions. @throws ApiError 404 for another's, as for none */
export async function endSession(call: SessionCall & { id: string }): Promise<void> {
  const { accountId } = ownSession(call)
  const ended = await call.ctx.accounts.sessions.end(call.ctx.authority, accountId, call.id)
  if (!ended) throw resourceNotFound('session', call.id)
}

/** Ends the person's sessions but the one that asks. */
export async function endOtherSessions(call: SessionCall): Promise<EndedSessions> {
  const { accountId, token } = ownSession(call)
  const { accounts, authority } = call.ctx
  return { ended: await accounts.sessions.endOthers(authority, accountId, token) }
}
