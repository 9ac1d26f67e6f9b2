import { type Right, rightsOf } from '#lib/core/access.ts'
import { endOf } from '../accounts/session-rows.ts'
import { deniedAuthentication } from '../errors.ts'
import type { Reader } from '../store/reader.ts'
import { ownedTokens, tokenRights } from '../tokens/owned-token.ts'
import type { Actor } from './actor.ts'

/** The hash of an API token's secret key, with the client's address, or of a session's token. */
export type Credential =
  | { kind: 'token'; hash: string; address: string }
  | { kind: 'session'; hash: string }

/** The actor that a credential belongs to, and its current rights. */
export type Identity = { actor: Actor; rights: readonly Right[] }

/**
 * Looks up the identity of a credential.
 * @param onActor called with the owner of a token before the token's state is checked, so that denials can be audited
 * @throws ApiError 401, or 403 if the token may not be used from its address
 */
export function identify(
  reader: Reader,
  credential: Credential,
  onActor: (actor: Actor) => void = () => {},
): Promise<Identity> {
  const { kind, hash } = credential
  if (kind === 'session') return identifySession(reader, hash)
  return identifyToken(reader, credential, onActor)
}

async function identifyToken(
  reader: Reader,
  { hash, address }: Credential & { kind: 'token' },
  onActor: (actor: Actor) => void,
): Promise<Identity> {
  const token = await ownedTokens(reader).where('secret_hash', '=', hash).executeTakeFirst()
  if (!token) throw deniedAuthentication('api_key', 'not_found', 'The secret key is not valid.')
  const { access_key: accessKey } = token
  const actor: Actor = { kind: 'token', id: accessKey, name: accessKey }
  onActor(actor)
  return { actor, rights: tokenRights(token, address) }
}

async function identifySession(reader: Reader, hash: string): Promise<Identity> {
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
