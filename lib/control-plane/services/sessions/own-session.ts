import { preconditionFailed } from '../../errors.ts'
import type { CallWith } from '../call.ts'

/** The services of a person's own sessions. `session` is the token of the one that asks. */
export type SessionCall = CallWith<'session', 'accounts' | 'actor' | 'authority'>

/** @throws ApiError 412 where a token asks: it has no sessions */
export function ownSession({ ctx, session }: SessionCall): { accountId: string; token: string } {
  if (ctx.actor.kind !== 'account' || session === null) {
    throw preconditionFailed('session', 'An API token has no sessions. Ask with a session.')
  }
  return { accountId: ctx.actor.id, token: session }
}
