import { OpenAPIHono } from '@hono/zod-openapi'
import { ChangePassword } from '#lib/core/account.ts'
import { deniedAuthentication, invalidField } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { auditWriter } from './audit-writer.ts'
import { authenticate } from './authenticate.ts'
import { checkPassword } from './check-password.ts'
import { sessionClientOf } from './client-address.ts'
import type { Environment, Services } from './environment.ts'
import { limitRequests } from './limit-requests.ts'
import { newSessionResponse } from './new-session.ts'
import { readJson } from './read-json.ts'
import { requireRight } from './require-right.ts'

/** `POST /fairlead/v1/account/password`: changes the caller's password, ends all their sessions and opens a new one. */
export function passwordRoutes(services: Services) {
  const { accounts } = services.context
  const app = new OpenAPIHono<Environment>()

  app.post('/', authenticate(services), limitRequests(services), async (http) => {
    const { sessionToken } = http.var
    const session = sessionToken && (await accounts.current(sessionToken))
    if (!session) throw deniedAuthentication('session', 'not_found', 'This is not a session.')
    const { account } = session
    const input = parseInput(ChangePassword, await readJson(http))
    const passwords = { current: input.current_password, next: input.new_password }
    const client = sessionClientOf(http, services)
    const authority = requireRight(http, 'read', '/fairlead/v1/account')
    const opened = await checkPassword(http, services, account.email, () =>
      accounts.changePassword(authority, account, passwords, client),
    )
    const audit = auditWriter(http, services)
    if (!opened) {
      audit('password_wrong')
      throw invalidField('current_password', 'This is not your password.')
    }
    audit('password_changed')
    return newSessionResponse(http, services, opened)
  })

  return app
}
