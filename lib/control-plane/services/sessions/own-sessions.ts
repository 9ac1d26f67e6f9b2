import type { EndedSessions, SessionList } from '#lib/core/session.ts'
import { preconditionFailed, resourceNotFound } from '../../errors.ts'
import type { CallWith } from '../call.ts'

/** A call for the caller's own sessions. `session` is the token of the current one. */
type SessionCall = CallWith<'session', 'accounts' | 'actor' | 'authority'>

/** The caller's active sessions. */
export async function listSessions(call: SessionCall): Promise<SessionList> {
  const { accountId, token } = currentSession(call)
  return { sessions: await call.ctx.accounts.sessions.list(accountId, token) }
}

/** Ends one of the caller's sessions. @throws ApiError 404 if it isn't the caller's */
export async function endSession(call: SessionCall & { id: string }): Promise<void> {
  const { accountId } = currentSession(call)
  const ended = await call.ctx.accounts.sessions.end(call.ctx.authority, accountId, call.id)
  if (!ended) throw resourceNotFound('session', call.id)
}

/** Ends the caller's sessions except the current one. */
export async function endOtherSessions(call: SessionCall): Promise<EndedSessions> {
  const { accountId, token } = currentSession(call)
  const { accounts, authority } = call.ctx
  return { ended: await accounts.sessions.endOthers(authority, accountId, token) }
}

/** @throws ApiError 412 if the caller is a token, which has no sessions */
function currentSession({ ctx, session }: SessionCall): { accountId: string; token: string } {
  if (ctx.actor.kind !== 'account' || session === null) {
    throw preconditionFailed(
      'session',
      'An API token has no sessions. Authenticate with a session.',
    )
  }
  return { accountId: ctx.actor.id, token: session }
}
