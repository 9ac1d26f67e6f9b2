import type { MiddlewareHandler } from 'hono'
import { secretHash } from '../accounts/secret-token.ts'
import type { Actor } from '../authority/caller.ts'
import { type Credential, type Identity, identify } from '../authority/identify.ts'
import { deniedAuthentication } from '../errors.ts'
import { hashOf } from '../tokens/api-tokens.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'
import { bearerToken } from './secret.ts'

/** Lets through whoever shows an API token or a session, and notes who it is. Nothing of the body has been read by then. */
export function authenticate(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const session = bearerToken(http.req.header('authorization'))
    http.set('sessionToken', session)
    await admit(http, services, credentialOf(http, services, session))
    await next()
  }
}

const SECRET_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** As `authenticate`, and takes a secret key as a bearer token too: many a Prometheus can send no other header. */
export function authenticateScraper(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const token = bearerToken(http.req.header('authorization'))
    const isKey = token !== null && SECRET_KEY.test(token)
    const shown = isKey ? keyOf(http, services, token) : credentialOf(http, services, token)
    await admit(http, services, shown)
    await next()
  }
}

async function admit(http: Http, services: Services, credential: Credential): Promise<void> {
  // Whose token it was is known, and audited, where it is refused as well.
  const onActor = (actor: Actor) => http.set('actor', actor)
  const { actor, rights } = await authenticated(services, credential, onActor)
  http.set('credential', credential)
  http.set('actor', actor)
  http.set('rights', rights)
}

/** Whose credential it is. Its use is noted, and keeps a session alive. @throws ApiError 401 or 403 */
export async function authenticated(
  services: Services,
  credential: Credential,
  onActor?: (actor: Actor) => void,
): Promise<Identity> {
  const { store, accounts } = services.context
  if (credential.kind === 'session') await accounts.sessions.current(credential.hash, Date.now())
  const identity = await identify(store.reader, credential, onActor)
  if (credential.kind === 'token') services.tokenUses.note(identity.actor.id)
  return identity
}

function keyOf(http: Http, services: Services, secretKey: string): Credential {
  return { kind: 'token', hash: hashOf(secretKey), address: clientAddress(http, services) }
}

/** @throws ApiError 401 where a request shows none */
function credentialOf(http: Http, services: Services, session: string | null): Credential {
  const secretKey = http.req.header('x-auth-token')
  if (secretKey) return keyOf(http, services, secretKey)
  if (session) return { kind: 'session', hash: secretHash(session) }
  const message = 'Authentication is required: an X-Auth-Token header with a secret key.'
  throw deniedAuthentication('api_key', 'invalid_argument', message)
}
