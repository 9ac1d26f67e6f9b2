import { type Right, rightsOf } from '#lib/core/access.ts'
import { endOf } from '../accounts/session-times.ts'
import type { Actor } from '../context.ts'
import { deniedAuthentication } from '../errors.ts'
import type { Reader } from '../store/store.ts'
import { ownedTokens, tokenRights } from '../tokens/owned-token.ts'

/** The secret that a request shows, as its hash: an API token's secret key, and whence it is shown, or a session's token. */
export type Credential =
  | { kind: 'token'; hash: string; address: string }
  | { kind: 'session'; hash: string }

/** Who asks, and what they may do. */
export type Caller = { actor: Actor; rights: readonly Right[] }

/**
 * Whose credential it is and what they may do now.
 * @param onActor is told whose it is where it is refused as well
 * @throws ApiError 401, or 403 where a token may not be used from there
 */
export function callerOf(
  reader: Reader,
  credential: Credential,
  onActor: (actor: Actor) => void = () => {},
): Promise<Caller> {
  const { kind, hash } = credential
  if (kind === 'session') return sessionCaller(reader, hash)
  return tokenCaller(reader, credential, onActor)
}

async function tokenCaller(
  reader: Reader,
  { hash, address }: Credential & { kind: 'token' },
  onActor: (actor: Actor) => void,
): Promise<Caller> {
  const token = await ownedTokens(reader).where('secret_hash', '=', hash).executeTakeFirst()
  if (!token) throw deniedAuthentication('api_key', 'not_found', 'The secret key is not valid.')
  const { access_key: accessKey } = token
  const actor: Actor = { kind: 'token', id: accessKey, name: accessKey }
  onActor(actor)
  return { actor, rights: tokenRights(token, address) }
}

async function sessionCaller(reader: Reader, hash: string): Promise<Caller> {
  const session = await reader
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .select(['users.id', 'email', 'role', 'sessions.createdAt', 'expiresAt'])
    .where('token', '=', hash)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  if (!session || endOf(session).getTime() <= Date.now()) {
    throw deniedAuthentication('session', 'expired', 'The session has ended. Log in again.')
  }
  const { id, email, role } = session
  return { actor: { kind: 'account', id, name: email }, rights: rightsOf(role) }
}
