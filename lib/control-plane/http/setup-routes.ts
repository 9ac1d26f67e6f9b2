import { OpenAPIHono } from '@hono/zod-openapi'
import { SetUp } from '#lib/core/account.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { preconditionFailed } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { accountActor, auditWriter, UNKNOWN_ACTOR } from './audit-writer.ts'
import { sessionClientOf } from './client-address.ts'
import type { Environment, Services } from './environment.ts'
import { newSessionResponse } from './new-session.ts'
import { readJson } from './read-json.ts'

const ONCE = 'An account exists already. Log in.'
const WRONG_LINK =
  'This link is no longer valid. Restart Fairlead to get a new one, and open it today.'

/** `/fairlead/v1/setup`: creates the first account, with the token of the one-time setup link. */
export function setupRoutes(services: Services, publicBody: BodyLimits) {
  const { setupLink } = services
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.get('/', async (http) => http.json({ needed: !(await accounts.exist()) }))

  app.post('/', async (http) => {
    // Checked before the body is read.
    if (await accounts.exist()) throw preconditionFailed('first_account', ONCE)
    const { token, ...account } = parseInput(SetUp, await readJson(http, publicBody))
    const audit = auditWriter(http, services)
    if (!setupLink.accepts(token)) {
      audit('link_refused', { actor: UNKNOWN_ACTOR })
      throw preconditionFailed('setup_link', WRONG_LINK)
    }
    const create = async () => {
      const created = await accounts.createFirst(account)
      if (!created) throw preconditionFailed('first_account', ONCE)
      return accounts.logIn(account.email, account.password, sessionClientOf(http, services))
    }
    const session = await accounts.hashes.run(create, { hasPriority: true })
    audit('login', { actor: accountActor(account.email), detail: 'as the first account' })
    return newSessionResponse(http, services, session)
  })

  return app
}
