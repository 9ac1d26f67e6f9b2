import { OpenAPIHono } from '@hono/zod-openapi'
import { LogIn } from '#lib/core/account.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { deniedAuthentication } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { accountActor, auditWriter } from './audit-writer.ts'
import { authenticate } from './authenticate.ts'
import { checkPassword } from './check-password.ts'
import { sessionClientOf } from './client-address.ts'
import type { Environment, Services } from './environment.ts'
import { limitRequests } from './limit-requests.ts'
import { newSessionResponse } from './new-session.ts'
import { readJson } from './read-json.ts'
import { bearerToken } from './secret.ts'

/** `/fairlead/v1/session`: log in, get the current session, log out. */
export function sessionRoutes(services: Services, publicBody: BodyLimits) {
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.post('/', async (http) => {
    const { email, password } = parseInput(LogIn, await readJson(http, publicBody))
    const session = await checkPassword(http, services, email, () =>
      accounts.logIn(email, password, sessionClientOf(http, services)),
    )
    const audit = auditWriter(http, services)
    if (!session) {
      audit('login_failed', { actor: accountActor(email) })
      throw deniedAuthentication('password', 'invalid_argument', 'Email or password is wrong.')
    }
    // A browser has one session. The previous one ends, so that its token can't be used any more.
    const previous = bearerToken(http.req.header('authorization'))
    if (previous) await accounts.logOut(previous)
    audit('login', { actor: accountActor(session.account.email) })
    return newSessionResponse(http, services, session)
  })

  app.get('/', authenticate(services), limitRequests(services), async (http) => {
    const { sessionToken } = http.var
    const session = sessionToken && (await accounts.current(sessionToken))
    if (!session) throw deniedAuthentication('session', 'not_found', 'This is not a session.')
    return http.json(session)
  })

  app.delete('/', authenticate(services), limitRequests(services), async (http) => {
    const { actor, sessionToken } = http.var
    // An API token has no session to end.
    const ended = actor.kind === 'account' && sessionToken && (await accounts.logOut(sessionToken))
    if (ended) auditWriter(http, services)('logout')
    return http.body(null, 204)
  })

  return app
}
