import * as z from 'zod'
import { Id } from './fields.ts'
import { queryInteger } from './query-values.ts'

/** A load balancer's traffic over time: `GET /fairlead/v1/lbs/{lb_id}/traffic`. */

/** The length and the default step of each range, in seconds. */
export const TRAFFIC_RANGES = {
  hour: { length_s: 3600, step_s: 5 },
  day: { length_s: 86_400, step_s: 60 },
  week: { length_s: 604_800, step_s: 600 },
} as const
export const TrafficRange = z.enum(['hour', 'day', 'week'])
export type TrafficRange = z.infer<typeof TrafficRange>

/** The query. Without `backend_id`, the traffic of the load balancer; with it, of the backend or one of its servers. */
export const GetTraffic = z.object({
  range: TrafficRange.default('hour'),
  /** A multiple of the range's default step, in seconds. */
  step_s: queryInteger('step_s', { min: 5, max: 86_400 }).optional(),
  backend_id: Id.optional(),
  /** A server's address; needs `backend_id`. */
  server: z.string().max(64).optional(),
})
export type GetTraffic = z.infer<typeof GetTraffic>

/** One number per step; null if unknown, for example while no node was connected. */
const Column = z.array(z.number().nullable())

export const Traffic = z.object({
  range: TrafficRange,
  step_s: z.int(),
  /** The start of the first step, Unix seconds. Leading steps without data are omitted. */
  start: z.int(),
  /** The end of the data, Unix seconds. The last step can be shorter. */
  end: z.int(),
  /** Opened connections; for a server, plus the requests over reused connections. */
  connections: Column,
  /** The maximum of concurrent connections. */
  connections_open: Column,
  requests: Column,
  /** Responses by status class, 1xx to 5xx. */
  responses: z.array(Column).length(5),
  bytes_in: Column,
  bytes_out: Column,
  /** As in `Counters`. */
  connect_failures: Column,
  proxy_errors: Column,
  aborted: Column,
  /** Response times in milliseconds; null also for steps without responses. */
  latency_p50: Column,
  latency_p95: Column,
  latency_p99: Column,
  /** The servers that can be queried: the configured ones, and those with traffic in the range. */
  servers: z.array(
    z.object({
      backend_id: z.string(),
      /** Null if the backend was deleted. */
      backend_name: z.string().nullable(),
      address: z.string(),
    }),
  ),
})
export type Traffic = z.infer<typeof Traffic>

/** The current rates per second, over the last 5 to 10 seconds. */
export const TrafficRate = z.object({ requests: z.number(), connections: z.number() })
export type TrafficRate = z.infer<typeof TrafficRate>

const Rates = z.record(z.string(), TrafficRate)

/** The rates of frontends and backends by ID, and of servers by "backend ID/address". Those without traffic are absent. */
export const TrafficRates = z.object({ frontends: Rates, backends: Rates, servers: Rates })
export type TrafficRates = z.infer<typeof TrafficRates>
