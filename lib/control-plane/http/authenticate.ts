import type { MiddlewareHandler } from 'hono'
import { secretHash } from '../accounts/secret-token.ts'
import type { Actor } from '../authority/actor.ts'
import { type Credential, type Identity, identify } from '../authority/identify.ts'
import { deniedAuthentication } from '../errors.ts'
import { hashOf } from '../tokens/api-tokens.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'
import { bearerToken } from './secret.ts'

/** Requires an API token or a session and sets the request's identity, before the body is read. */
export function authenticate(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const session = bearerToken(http.req.header('authorization'))
    http.set('sessionToken', session)
    await setIdentity(http, services, credentialOf(http, services, session))
    await next()
  }
}

const SECRET_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Like `authenticate`, but also accepts a secret key as a bearer token, because Prometheus can't send custom headers everywhere. */
export function authenticateScraper(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const token = bearerToken(http.req.header('authorization'))
    const isKey = token !== null && SECRET_KEY.test(token)
    const credential = isKey
      ? keyCredential(http, services, token)
      : credentialOf(http, services, token)
    await setIdentity(http, services, credential)
    await next()
  }
}

async function setIdentity(http: Http, services: Services, credential: Credential): Promise<void> {
  // Set early, so that a denial is audited with the token's name.
  const onActor = (actor: Actor) => http.set('actor', actor)
  const { actor, rights } = await authenticateCredential(services, credential, onActor)
  http.set('credential', credential)
  http.set('actor', actor)
  http.set('rights', rights)
}

/** Identifies a credential and records its use, which extends a session. @throws ApiError 401 or 403 */
export async function authenticateCredential(
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

function keyCredential(http: Http, services: Services, secretKey: string): Credential {
  return { kind: 'token', hash: hashOf(secretKey), address: clientAddress(http, services) }
}

/** @throws ApiError 401 if the request has no credential */
function credentialOf(http: Http, services: Services, session: string | null): Credential {
  const secretKey = http.req.header('x-auth-token')
  if (secretKey) return keyCredential(http, services, secretKey)
  if (session) return { kind: 'session', hash: secretHash(session) }
  const message = 'Authentication is required: an X-Auth-Token header with a secret key.'
  throw deniedAuthentication('api_key', 'invalid_argument', message)
}
