import { OpenAPIHono } from '@hono/zod-openapi'
import { clientNetwork } from '#lib/core/client-address.ts'
import { AcceptLink, OpenLink } from '#lib/core/person.ts'
import type { BodyLimits } from '#lib/process/body-limits.ts'
import { ApiError, tooManyRequests } from '../errors.ts'
import { parseInput } from '../services/parse-input.ts'
import { acceptLink, openLink } from '../services/people/password-by-link.ts'
import { accountActor, auditWriter, UNKNOWN_ACTOR } from './audit-writer.ts'
import { clientAddress, originOf, sessionClientOf } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'
import { newSessionResponse } from './new-session.ts'
import { readJson } from './read-json.ts'

/** `/fairlead/v1/invitation`: opens and accepts password links. The link's token is sent in bodies only. */
export function invitationRoutes(services: Services, publicBody: BodyLimits) {
  const { context, throttles } = services
  const app = new OpenAPIHono<Environment>()

  /**
   * Limits wrong links per network. A valid link always works: its 256 bits can't be guessed, and one client must not lock out
   * others in its network.
   */
  async function limitWrongLinks<T>(http: Http, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error
      auditWriter(http, services)('link_refused', { actor: UNKNOWN_ACTOR })
      const network = clientNetwork(clientAddress(http, services))
      const wait = throttles.links.wait(network)
      if (wait > 0) throw tooManyRequests('Too many wrong links. Try again in a few minutes.', wait)
      throttles.links.count(network)
      throw error
    }
  }

  async function accept(http: Http, input: AcceptLink): Promise<Response> {
    const ctx = { ...context, origin: originOf(http, services) }
    const visitor = sessionClientOf(http, services)
    const session = await limitWrongLinks(http, () => acceptLink(ctx, input, visitor))
    const actor = accountActor(session.account.email)
    auditWriter(http, services)('login', { actor, detail: 'by link' })
    return newSessionResponse(http, services, session)
  }

  app.post('/', async (http) => {
    const { token } = parseInput(OpenLink, await readJson(http, publicBody))
    return http.json(await limitWrongLinks(http, () => openLink(context.store.reader, token)))
  })

  app.post('/accept', async (http) => {
    const input = parseInput(AcceptLink, await readJson(http, publicBody))
    await limitWrongLinks(http, () => openLink(context.store.reader, input.token))
    return context.accounts.hashes.run(() => accept(http, input), { hasPriority: true })
  })

  return app
}
