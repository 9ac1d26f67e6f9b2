import { type Right, rightsOf } from '#lib/core/access.ts'
import { endOf } from '../accounts/session-rows.ts'
import { deniedAuthentication } from '../errors.ts'
import type { Reader } from '../store/reader.ts'
import { ownedTokens, tokenRights, tokenState } from '../tokens/owned-token.ts'
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

/** Sessions of enabled accounts. */
const sessionsOf = (reader: Reader) =>
  reader
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .select(['users.id', 'email', 'role', 'token', 'sessions.createdAt', 'expiresAt'])
    .where('disabled', '=', 0)

async function identifySession(reader: Reader, hash: string): Promise<Identity> {
  const session = await sessionsOf(reader).where('token', '=', hash).executeTakeFirst()
  if (!session || endOf(session).getTime() <= Date.now()) {
    throw deniedAuthentication('session', 'expired', 'The session has ended. Log in again.')
  }
  const { id, email, role } = session
  return { actor: { kind: 'account', id, name: email }, rights: rightsOf(role) }
}

/**
 * Looks up many credentials at once.
 * @returns the hashes of those that are valid. A token's networks are not checked again
 */
export async function validHashes(
  reader: Reader,
  credentials: readonly Credential[],
): Promise<ReadonlySet<string>> {
  const hashesOf = (kind: Credential['kind']) =>
    credentials.filter((one) => one.kind === kind).map(({ hash }) => hash)
  const [sessionHashes, tokenHashes] = [hashesOf('session'), hashesOf('token')]
  const sessions =
    sessionHashes.length === 0
      ? []
      : await sessionsOf(reader).where('token', 'in', sessionHashes).execute()
  const tokens =
    tokenHashes.length === 0
      ? []
      : await ownedTokens(reader).where('secret_hash', 'in', tokenHashes).execute()
  const now = Date.now()
  return new Set([
    ...sessions.filter((one) => endOf(one).getTime() > now).map(({ token }) => token),
    ...tokens.filter((one) => tokenState(one, now) === 'active').map((one) => one.secret_hash),
  ])
}
