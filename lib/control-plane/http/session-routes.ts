import { OpenAPIHono } from '@hono/zod-openapi'
import { LogIn } from '#lib/core/account.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { deniedAuthentication } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { accountNamed, auditOf } from './audit-of.ts'
import { authenticate } from './authenticate.ts'
import type { Environment, Services } from './environment.ts'
import { limitRequests } from './limit-requests.ts'
import { answerNewSession } from './new-session.ts'
import { guessPassword } from './password-guesses.ts'
import { readJson } from './read-json.ts'
import { bearerToken } from './secret.ts'
import { visitorOf } from './visitor.ts'

/** `/fairlead/v1/session`: log in, whose session it is, log out. */
export function sessionRoutes(services: Services, anybodys: BodyLimits) {
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.post('/', async (http) => {
    const { email, password } = parseInput(LogIn, await readJson(http, anybodys))
    const session = await guessPassword(http, services, email, () =>
      accounts.logIn(email, password, visitorOf(http, services)),
    )
    const audit = auditOf(http, services)
    if (!session) {
      audit('login_failed', { actor: accountNamed(email) })
      throw deniedAuthentication('password', 'invalid_argument', 'Email or password is wrong.')
    }
    // A browser has one session: what it had before is of no use to it, but might be to somebody else.
    const former = bearerToken(http.req.header('authorization'))
    if (former) await accounts.logOut(former)
    audit('login', { actor: accountNamed(session.account.email) })
    return answerNewSession(http, services, session)
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
    if (ended) auditOf(http, services)('logout')
    return http.body(null, 204)
  })

  return app
}
