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
import { streamAnswer } from './stream-answer.ts'

/** Readings that one account or token may have in progress: Prometheus has one, a pair of them two. */
const READINGS_MAX = 10

/** `GET /fairlead/v1/metrics`: what nodes count, for Prometheus. */
export function metricsRoutes(services: Services) {
  const { context } = services
  const app = new OpenAPIHono<Environment>()

  const text = new SharedText(() => readMetrics(context))
  const readers = new Readers(READINGS_MAX)

  app.use(authenticateScraper(services), limitRequests(services))

  app.get('/', (http) =>
    streamAnswer(http, { 'Content-Type': CONTENT_TYPE }, () => {
      const leave = readers.enter(http.var.actor.id)
      if (!leave) {
        const message = `${READINGS_MAX} requests for metrics are in progress already. Try again in a second.`
        throw tooManyRequests(message, 1)
      }
      return { follow: () => text.pieces(), onEnd: leave, encode: (piece) => piece }
    }),
  )

  const { refusals, ...described } = describeCall({
    method: 'get',
    path: '/fairlead/v1/metrics',
    summary: "Read all load balancers' metrics, as Prometheus does",
    tag: 'Across regions',
  })
  app.openAPIRegistry.registerPath({
    ...described,
    // Where these routes are mounted is added by the router.
    path: '/',
    description: 'The secret key of an API token may also be shown as a bearer token.',
    responses: {
      200: {
        description: "Prometheus' text format, version 0.0.4",
        content: { 'text/plain': { schema: z.string() } },
      },
      ...refusals,
    },
  })
  return app
}
