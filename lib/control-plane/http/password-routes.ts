import { OpenAPIHono } from '@hono/zod-openapi'
import { ChangePassword } from '#lib/core/account.ts'
import { deniedAuthentication, invalidField } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { auditOf } from './audit-of.ts'
import { authenticate } from './authenticate.ts'
import type { Environment, Services } from './environment.ts'
import { limitRequests } from './limit-requests.ts'
import { answerNewSession } from './new-session.ts'
import { guessPassword } from './password-guesses.ts'
import { readJson } from './read-json.ts'
import { requireRight } from './require-right.ts'
import { visitorOf } from './visitor.ts'

/** `POST /fairlead/v1/account/password`: the person's own. It ends all their sessions, and answers a new one. */
export function passwordRoutes(services: Services) {
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.post('/', authenticate(services), limitRequests(services), async (http) => {
    const { sessionToken } = http.var
    const session = sessionToken && (await accounts.current(sessionToken))
    if (!session) throw deniedAuthentication('session', 'not_found', 'This is not a session.')
    const { account } = session
    const input = parseInput(ChangePassword, await readJson(http))
    const passwords = { current: input.current_password, wanted: input.new_password }
    const visitor = visitorOf(http, services)
    const authority = requireRight(http, 'read', '/fairlead/v1/account')
    const opened = await guessPassword(http, services, account.email, () =>
      accounts.changePassword(authority, account, passwords, visitor),
    )
    const audit = auditOf(http, services)
    if (!opened) {
      audit('password_wrong')
      throw invalidField('current_password', 'This is not your password.')
    }
    audit('password_changed')
    return answerNewSession(http, services, opened)
  })

  return app
}
