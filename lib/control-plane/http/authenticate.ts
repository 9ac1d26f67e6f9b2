import type { MiddlewareHandler } from 'hono'
import { type Right, rightsOf } from '#lib/core/access.ts'
import type { Actor } from '../context.ts'
import { deniedAuthentication } from '../errors.ts'
import { hashOf } from '../tokens/api-tokens.ts'
import { ownedTokens, tokenRights } from '../tokens/owned-token.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'
import { bearerToken } from './secret.ts'

/** Lets through whoever shows an API token or a session, and notes who it is. */
export function authenticate(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const token = bearerToken(http.req.header('authorization'))
    http.set('sessionToken', token)
    const { actor, rights } = await callerOf(services, http, token)
    http.set('actor', actor)
    http.set('rights', rights)
    await next()
  }
}

const SECRET_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** As `authenticate`, and takes a secret key as a bearer token too: many a Prometheus can send no other header. */
export function authenticateScraper(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const token = bearerToken(http.req.header('authorization'))
    const isKey = token !== null && SECRET_KEY.test(token)
    const caller = isKey ? tokenCaller(services, http, token) : callerOf(services, http, token)
    http.set('actor', (await caller).actor)
    http.set('rights', (await caller).rights)
    await next()
  }
}

/** Who asks, and what they may do. */
export type Caller = { actor: Actor; rights: readonly Right[] }

/** @throws ApiError 401 */
export async function callerOf(
  services: Services,
  http: Http,
  session: string | null,
): Promise<Caller> {
  const secretKey = http.req.header('x-auth-token')
  if (secretKey) return tokenCaller(services, http, secretKey)
  if (!session) {
    const message = 'Authentication is required: an X-Auth-Token header with a secret key.'
    throw deniedAuthentication('api_key', 'invalid_argument', message)
  }
  const current = await services.context.accounts.current(session)
  if (!current) {
    throw deniedAuthentication('session', 'expired', 'The session has ended. Log in again.')
  }
  const { id, email, role } = current.account
  return { actor: { kind: 'account', id, name: email }, rights: rightsOf(role) }
}

async function tokenCaller(services: Services, http: Http, secretKey: string): Promise<Caller> {
  const token = await ownedTokens(services.context.store.reader)
    .where('secret_hash', '=', hashOf(secretKey))
    .executeTakeFirst()
  if (!token) throw deniedAuthentication('api_key', 'not_found', 'The secret key is not valid.')
  const { access_key: accessKey } = token
  const actor: Actor = { kind: 'token', id: accessKey, name: accessKey }
  // Whose token it was is known, and audited, where it is refused as well.
  http.set('actor', actor)
  const rights = tokenRights(token, clientAddress(http, services))
  services.tokenUses.note(accessKey)
  return { actor, rights }
}
