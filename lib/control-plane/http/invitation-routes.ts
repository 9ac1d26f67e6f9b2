import { OpenAPIHono } from '@hono/zod-openapi'
import { clientNetwork } from '#lib/core/client-address.ts'
import { AcceptLink, OpenLink } from '#lib/core/person.ts'
import type { Context } from '../context.ts'
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
export function invitationRoutes(services: Services) {
  const { context, throttles } = services
  const actor = { kind: 'system', id: 'link', name: 'link' } as const
  const ctxOf = (http: Http): Context => ({ ...context, actor, origin: originOf(http, services) })
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
    const email = await unlessGuessed(http, () => acceptLink(ctxOf(http), input))
    const session = await context.accounts.logIn(email, input.password, visitorOf(http, services))
    auditOf(http, services)('login', { actor: accountNamed(email), detail: 'by link' })
    return answerNewSession(http, services, session)
  }

  app.post('/', async (http) => {
    const { token } = parseInput(OpenLink, await readJson(http))
    return http.json(await unlessGuessed(http, () => openLink(ctxOf(http), token)))
  })

  app.post('/accept', async (http) => {
    const input = parseInput(AcceptLink, await readJson(http))
    await unlessGuessed(http, () => openLink(ctxOf(http), input.token))
    // One place for both hashes: whoever has set a password by a link is logged in, too.
    return context.accounts.hashes.run(() => accept(http, input), { hasPriority: true })
  })

  return app
}
