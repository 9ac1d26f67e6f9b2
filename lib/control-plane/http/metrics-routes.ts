import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { CONTENT_TYPE } from '../metrics/exposition.ts'
import { messageStream } from '../push/message-stream.ts'
import { readMetrics } from '../services/reads/read-metrics.ts'
import { authenticateScraper } from './authenticate.ts'
import { describeCall } from './describe.ts'
import type { Environment, Services } from './environment.ts'

/** `GET /fairlead/v1/metrics`: what nodes count, for Prometheus. */
export function metricsRoutes(services: Services) {
  const { context } = services
  const app = new OpenAPIHono<Environment>()

  app.use(authenticateScraper(services))

  app.get('/', (http) => {
    const follow = () => readMetrics(context)
    const stream = messageStream(
      follow,
      () => {},
      (text) => text,
    )
    return http.body(stream, 200, { 'Content-Type': CONTENT_TYPE })
  })

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
