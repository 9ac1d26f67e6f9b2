import { OpenAPIHono } from '@hono/zod-openapi'
import { FollowEvents, LiveEvent } from '#lib/core/live-event.ts'
import { RevocationWatch } from '../authority/revocation-watch.ts'
import { ApiError, tooManyRequests } from '../errors.ts'
import { followLive } from '../live/follow-live.ts'
import { Readers, STREAMS_MAX } from '../live/readers.ts'
import { getObservedLb } from '../services/lbs/get-observed-lb.ts'
import { parseInput } from '../services/parse-input.ts'
import { authenticateCredential } from './authenticate.ts'
import { originOf } from './client-address.ts'
import { describeCall } from './describe.ts'
import type { Environment, Services } from './environment.ts'
import { requireRight } from './require-right.ts'
import { streamResponse } from './stream-response.ts'

const RETRY_SECONDS = 10

/** `GET /fairlead/v1/events`: changes as server-sent events, until the caller's credential becomes invalid. */
export function eventRoutes(services: Services) {
  const app = new OpenAPIHono<Environment>()
  const readers = new Readers(STREAMS_MAX)
  const revocations = new RevocationWatch(services.context.store.reader)

  app.get('/', (http) => {
    const { lb_id: lbId = null } = parseInput(FollowEvents, http.req.query())
    const { actor, credential } = http.var
    const authority = requireRight(http, 'read', '/fairlead/v1/events')
    const ctx = { ...services.context, actor, authority, origin: originOf(http, services) }
    const follow = (signal: AbortSignal, revoked: AbortSignal) =>
      followLive({
        reader: ctx.store.reader,
        commits: ctx.commits,
        fleet: ctx.fleet,
        lbId,
        report: (id) => orNull(getObservedLb({ ctx, id })),
        allowed: async () => (await orNull(authenticateCredential(services, credential))) !== null,
        signal: AbortSignal.any([signal, revoked]),
      })
    return streamResponse(http, { 'Content-Type': 'text/event-stream' }, () => {
      const leave = enter(readers, actor.id)
      const { signal: revoked, stop } = revocations.watch(credential)
      return {
        follow: (signal) => follow(signal, revoked),
        onEnd: () => {
          stop()
          leave()
        },
        encode: serverSentEvent,
      }
    })
  })

  const { errorResponses, ...described } = describeCall({
    method: 'get',
    path: '/fairlead/v1/events',
    summary: 'Watch changes, as server-sent events',
    tag: 'Across regions',
    query: FollowEvents,
  })
  app.openAPIRegistry.registerPath({
    ...described,
    // The router adds the path where these routes are mounted.
    path: '/',
    responses: {
      200: {
        description: 'An endless stream of events',
        content: { 'text/event-stream': { schema: LiveEvent } },
      },
      ...errorResponses,
    },
  })
  return app
}

/** Counts a stream of a reader. Returns a function that ends it. @throws ApiError 429 */
function enter(readers: Readers, reader: string): () => void {
  const leave = readers.enter(reader)
  if (leave) return leave
  const message = `${STREAMS_MAX} event streams are open already. Close one and try again.`
  throw tooManyRequests(message, RETRY_SECONDS)
}

/** HTML Living Standard, section 9.2.6. A keep-alive is a comment. */
function serverSentEvent(event: LiveEvent | null): string {
  if (event === null) return ': alive\n\n'
  const { type, ...data } = event
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Null for an ApiError: the object is gone, or the caller lost the right. */
async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ApiError) return null
    throw error
  }
}
