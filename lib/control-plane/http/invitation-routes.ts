import { OpenAPIHono } from '@hono/zod-openapi'
import { clientNetwork } from '#lib/core/client-address.ts'
import { AcceptLink, OpenLink } from '#lib/core/person.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { ApiError, tooManyRequests } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { acceptLink, openLink } from '../services/people/password-by-link.ts'
import { accountNamed, auditOf, NOBODY } from './audit-of.ts'
import { clientAddress, originOf } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'
import { answerNewSession } from './new-session.ts'
import { readJson } from './read-json.ts'
import { visitorOf } from './visitor.ts'

/** `/fairlead/v1/invitation`: for who holds a link with which to choose a password. Its secret is in bodies only. */
export function invitationRoutes(services: Services, anybodys: BodyLimits) {
  const { context, throttles } = services
  const app = new OpenAPIHono<Environment>()

  /**
   * Too many wrong links from one network are answered 429, and a right one always works: its secret has 256 bits, so
   * there is nothing to be guessed, and nobody can keep others in their network from using theirs.
   */
  async function unlessGuessed<T>(http: Http, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error
      auditOf(http, services)('link_refused', { actor: NOBODY })
      const network = clientNetwork(clientAddress(http, services))
      const wait = throttles.links.wait(network)
      if (wait > 0) throw tooManyRequests('Too many wrong links. Try again in a few minutes.', wait)
      throttles.links.count(network)
      throw error
    }
  }

  async function accept(http: Http, input: AcceptLink): Promise<Response> {
    const ctx = { ...context, origin: originOf(http, services) }
    const visitor = visitorOf(http, services)
    const session = await unlessGuessed(http, () => acceptLink(ctx, input, visitor))
    const actor = accountNamed(session.account.email)
    auditOf(http, services)('login', { actor, detail: 'by link' })
    return answerNewSession(http, services, session)
  }

  app.post('/', async (http) => {
    const { token } = parseInput(OpenLink, await readJson(http, anybodys))
    return http.json(await unlessGuessed(http, () => openLink(context.store.reader, token)))
  })

  app.post('/accept', async (http) => {
    const input = parseInput(AcceptLink, await readJson(http, anybodys))
    await unlessGuessed(http, () => openLink(context.store.reader, input.token))
    return context.accounts.hashes.run(() => accept(http, input), { hasPriority: true })
  })

  return app
}
