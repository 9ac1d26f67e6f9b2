import { OpenAPIHono } from '@hono/zod-openapi'
import { SetUp } from '#lib/core/account.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { preconditionFailed } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { accountNamed, auditOf, NOBODY } from './audit-of.ts'
import type { Environment, Services } from './environment.ts'
import { answerNewSession } from './new-session.ts'
import { readJson } from './read-json.ts'
import { visitorOf } from './visitor.ts'

const ONCE = 'There already is an account. Log in.'
const WRONG_LINK =
  'This link is not valid any more. Restart Fairlead to get a new one, and open it within a day.'

/** `/fairlead/v1/setup`: the first account, for who has the one-time link. */
export function setupRoutes(services: Services, anybodys: BodyLimits) {
  const { setupLink } = services
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.get('/', async (http) => http.json({ needed: !(await accounts.exist()) }))

  app.post('/', async (http) => {
    // Before the body: once there is an account, nothing of this call is needed.
    if (await accounts.exist()) throw preconditionFailed('first_account', ONCE)
    const { token, ...account } = parseInput(SetUp, await readJson(http, anybodys))
    const audit = auditOf(http, services)
    if (!setupLink.accepts(token)) {
      audit('link_refused', { actor: NOBODY })
      throw preconditionFailed('setup_link', WRONG_LINK)
    }
    const create = async () => {
      const created = await accounts.createFirst(account)
      if (!created) throw preconditionFailed('first_account', ONCE)
      setupLink.use()
      return accounts.logIn(account.email, account.password, visitorOf(http, services))
    }
    const session = await accounts.hashes.run(create, { hasPriority: true })
    audit('login', { actor: accountNamed(account.email), detail: 'as the first account' })
    return answerNewSession(http, services, session)
  })

  return app
}
