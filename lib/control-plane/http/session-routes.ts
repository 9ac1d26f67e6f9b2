import { OpenAPIHono } from '@hono/zod-openapi'
import { LogIn } from '#lib/core/account.ts'
import { deniedAuthentication, tooManyRequests } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { authenticate } from './authenticate.ts'
import { clientAddress } from './client-address.ts'
import type { Environment, Services } from './environment.ts'
import { readJson } from './read-json.ts'

/** `/fairlead/v1/session`: log in, whose session it is, log out. */
export function sessionRoutes(services: Services) {
  const { accounts, throttles, log } = services
  const app = new OpenAPIHono<Environment>()

  app.post('/', async (http) => {
    const { email, password } = parseInput(LogIn, await readJson(http))
    const address = clientAddress(http, services)
    const audit = { requestId: http.var.requestId, email, address }
    const wait = Math.max(throttles.account.wait(email), throttles.address.wait(address))
    if (wait > 0) {
      log.warn(audit, 'log-in held off')
      throw tooManyRequests(`Too many failed log-ins. Try again in ${inWords(wait)}.`, wait)
    }
    throttles.account.count(email)
    throttles.address.count(address)
    const session = await accounts.logIn(email, password)
    if (!session) {
      log.warn(audit, 'log-in denied')
      throw deniedAuthentication('password', 'invalid_argument', 'Email or password is wrong.')
    }
    throttles.account.forgive(email)
    log.info(audit, 'logged in')
    return http.json(session)
  })

  app.get('/', authenticate(services), async (http) => {
    const { sessionToken } = http.var
    const session = sessionToken && (await accounts.current(sessionToken))
    if (!session) throw deniedAuthentication('session', 'not_found', 'This is not a session.')
    return http.json(session)
  })

  app.delete('/', authenticate(services), async (http) => {
    const { sessionToken, actor } = http.var
    if (sessionToken) await accounts.logOut(sessionToken)
    log.info({ requestId: http.var.requestId, account: actor.name }, 'logged out')
    return http.body(null, 204)
  })

  return app
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
