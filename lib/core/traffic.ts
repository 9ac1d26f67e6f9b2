import * as z from 'zod'
import { Id } from './fields.ts'
import { digitsOf } from './list.ts'

/** A load balancer's traffic over time: `GET /fairlead/v1/lbs/{lb_id}/traffic`. */

/** Each range, its length and the step it is answered in unless another is asked for, in seconds. */
export const TRAFFIC_RANGES = {
  hour: { length_s: 3600, step_s: 5 },
  day: { length_s: 86_400, step_s: 60 },
  week: { length_s: 604_800, step_s: 600 },
} as const
export const TrafficRange = z.enum(['hour', 'day', 'week'])
export type TrafficRange = z.infer<typeof TrafficRange>

/** Query of the call. Without `backend_id` it is all that passed, with it that backend's servers, or one of them. */
export const GetTraffic = z.object({
  range: TrafficRange.default('hour'),
  /** A multiple of the range's own step, in seconds. */
  step_s: digitsOf('step_s').transform(Number).pipe(z.int().min(5).max(86_400)).optional(),
  backend_id: Id.optional(),
  /** A server's address; needs `backend_id`. */
  server: z.string().max(64).optional(),
})
export type GetTraffic = z.infer<typeof GetTraffic>

/** One number for each step; null where nothing is known, for example while no node could report. */
const Column = z.array(z.number().nullable())

export const Traffic = z.object({
  range: TrafficRange,
  step_s: z.int(),
  /** The beginning of the first step, Unix seconds. Steps of which nothing is known are left out at the beginning. */
  start: z.int(),
  /** What is told ends here, Unix seconds: the last step may be shorter than the others. */
  end: z.int(),
  /** Connections opened; of a server, those and the requests sent over kept ones. */
  connections: Column,
  /** The most that were open at a time. */
  connections_open: Column,
  requests: Column,
  /** Answers by status class, 1xx to 5xx. */
  responses: z.array(Column).length(5),
  bytes_in: Column,
  bytes_out: Column,
  /** These three as in `Counters`. */
  connect_failures: Column,
  proxy_errors: Column,
  aborted: Column,
  /** Response times in milliseconds; null also where there was no answer. */
  latency_p50: Column,
  latency_p95: Column,
  latency_p99: Column,
  /** All servers that can be asked for: those configured, and those that had traffic in the range. */
  servers: z.array(
    z.object({
      backend_id: z.string(),
      /** Null where the backend is gone. */
      backend_name: z.string().nullable(),
      address: z.string(),
    }),
  ),
})
export type Traffic = z.infer<typeof Traffic>

/** How much passes now, by the second, over the last 5 to 10 seconds. */
export const TrafficRate = z.object({ requests: z.number(), connections: z.number() })
export type TrafficRate = z.infer<typeof TrafficRate>

const Rates = z.record(z.string(), TrafficRate)

/** The rates of a load balancer's parts, by their ids; servers by "backend id/address". Parts without traffic are absent. */
export const TrafficRates = z.object({ frontends: Rates, backends: Rates, servers: Rates })
export type TrafficRates = z.infer<typeof TrafficRates>
