import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { tooManyRequests } from '../errors.ts'
import { Readers } from '../live/readers.ts'
import { CONTENT_TYPE } from '../metrics/exposition.ts'
import { readMetrics } from '../metrics/read-metrics.ts'
import { SharedText } from '../metrics/shared-text.ts'
import { authenticateScraper } from './authenticate.ts'
import { describeCall } from './describe.ts'
import type { Environment, Services } from './environment.ts'
import { limitRequests } from './limit-requests.ts'
import { streamResponse } from './stream-response.ts'

/** Scrapes in progress per account or token. */
const SCRAPES_MAX = 10

/** `GET /fairlead/v1/metrics`: the nodes' counters in Prometheus' text format. */
export function metricsRoutes(services: Services) {
  const { context } = services
  const app = new OpenAPIHono<Environment>()

  const text = new SharedText(() => readMetrics(context))
  const readers = new Readers(SCRAPES_MAX)

  app.use(authenticateScraper(services), limitRequests(services))

  app.get('/', (http) =>
    streamResponse(http, { 'Content-Type': CONTENT_TYPE }, () => {
      const leave = readers.enter(http.var.actor.id)
      if (!leave) {
        const message = `${SCRAPES_MAX} requests for metrics are in progress already. Try again in a second.`
        throw tooManyRequests(message, 1)
      }
      return { follow: () => text.pieces(), onEnd: leave, encode: (piece) => piece }
    }),
  )

  const { errorResponses, ...described } = describeCall({
    method: 'get',
    path: '/fairlead/v1/metrics',
    summary: "Get all load balancers' metrics in Prometheus' text format",
    tag: 'Across regions',
  })
  app.openAPIRegistry.registerPath({
    ...described,
    // The router adds the path where these routes are mounted.
    path: '/',
    description: 'The secret key of an API token may also be sent as a bearer token.',
    responses: {
      200: {
        description: "Prometheus' text format, version 0.0.4",
        content: { 'text/plain': { schema: z.string() } },
      },
      ...errorResponses,
    },
  })
  return app
}
