import * as z from 'zod'
import { Failover } from './failover.ts'
import { textUpTo } from './fields.ts'
import { Lb, ListLbs } from './lb.ts'
import { LbHealth, LbHealthStateField } from './lb-health.ts'
import { LB_HEALTH_STATES } from './lb-health-states.ts'
import { Cluster, Region } from './locality.ts'
import { OVERVIEW_ORDERS } from './orders.ts'
import { Problem } from './problem.ts'
import { Quarantine } from './quarantine.ts'
import { SEARCH_MAX } from './search.ts'
import { TrafficRates } from './traffic.ts'

/** Fairlead's own view of what its nodes report: `/fairlead/v1/lbs/{lb_id}/observed`. */

export const ServerState = z.enum(['unknown', 'up', 'down'])
export type ServerState = z.infer<typeof ServerState>

/** One server as one node sees it. */
export const ObservedServer = z.object({
  backend_id: z.string(),
  address: z.string(),
  state: ServerState,
  /** When it came into this state. */
  since: z.string(),
  /** The last check's outcome in words: "connection refused", "HTTP 200". */
  reason: z.string(),
  /** Checks in a row with that outcome, of how many it takes to change the state. */
  streak: z.int(),
  threshold: z.int(),
  /** How long the last check took; null before the first. */
  latency_ms: z.number().nullable(),
  checked_at: z.string().nullable(),
})
export type ObservedServer = z.infer<typeof ObservedServer>

/** A frontend's listening port as one node sees it. */
export const ObservedListener = z.object({
  frontend_id: z.string(),
  port: z.int(),
  state: z.enum(['pending', 'standby', 'listening', 'failed']),
  /** What is wrong and what to do about it, in plain words; null unless `failed`. */
  problem: z.string().nullable(),
})
export type ObservedListener = z.infer<typeof ObservedListener>

/** What has passed since the node began to count. */
export const Counters = z.object({
  connections_total: z.int(),
  connections_current: z.int(),
  requests_total: z.int(),
  /** Answers by status class, index 0 for 1xx to 4 for 5xx. */
  responses: z.array(z.int()).length(5),
  bytes_in: z.int(),
  bytes_out: z.int(),
  /** Connections to servers that could not be opened, each attempt. */
  connect_failures: z.int(),
  /** Answers that the load balancer made in a server's place; in TCP mode, connections it had no server for. */
  proxy_errors: z.int(),
  /** Answers that a server began and did not end. */
  aborted: z.int(),
  /**
   * Response times (a request's head to its answer's head; in TCP mode, until a server was connected), counted by
   * bucket. Empty buckets at the end are left out.
   */
  latency: z.array(z.int()),
  /** The sum of all response times, in milliseconds. */
  latency_sum_ms: z.number(),
})
export type Counters = z.infer<typeof Counters>

/** What has passed over a frontend. */
export const FrontendCounters = Counters.extend({
  /** Requests that were refused unread: malformed, too large, or not there in time. */
  bad_requests: z.int(),
  /** Connections that the connection rate limit made wait, and those that it closed. */
  rate_delayed: z.int(),
  rate_refused: z.int(),
  /** Requests that an ACL denied, and those that it redirected; in TCP mode, connections that an ACL denied. */
  requests_denied: z.int(),
  requests_redirected: z.int(),
  connections_denied: z.int(),
  /** Requests denied because matching them exceeded the step budget. */
  match_limit_denied: z.int().default(0),
  /** Connections beyond as many as the load balancer may have. */
  limit_refused: z.int(),
})
export type FrontendCounters = z.infer<typeof FrontendCounters>

/** What has passed over a backend: over its servers, those of the past as well, and on the way to them. */
export const BackendCounters = Counters.extend({
  /** Further attempts after a connection that could not be opened; those of them that went to another server. */
  retries: z.int(),
  redispatches: z.int(),
  /** Connections, or requests in HTTP mode, that wait for a full server; the most that ever did; who gave up. */
  queue_current: z.int(),
  queue_max: z.int(),
  queue_timeouts: z.int(),
})
export type BackendCounters = z.infer<typeof BackendCounters>

export const ObservedInstance = z.object({
  /** The node that it runs on: its region and cluster, `fr-par-a`. */
  node: z.string(),
  cluster: Cluster,
  role: z.enum(['master', 'backup']),
  /** Whether its node is running and connected to the control plane. */
  connected: z.boolean(),
  active: z.boolean(),
  active_since: z.string().nullable(),
  /** The failover that made it active; null if it is not active, or became active without one. */
  failover_id: z.string().nullable(),
  /** The newest generation it has applied; null before the first. */
  applied_generation: z.int().nullable(),
  /** From the change's commit to its being in effect on this node. */
  applied_after_ms: z.number().nullable(),
  listeners: z.array(ObservedListener),
  servers: z.array(ObservedServer),
  counters: Counters.nullable(),
  /** The newest generation, if the node rejected it, and why. The previous generation stays in effect. */
  rejected: z.object({ generation: z.int(), reason: z.string() }).nullable(),
  /** Set while the newest generation is in quarantine on its node. */
  quarantine: Quarantine.nullable(),
})
export type ObservedInstance = z.infer<typeof ObservedInstance>

export const ObservedLb = z.object({
  lb_id: z.string(),
  /** The generation that is wanted. */
  generation: z.int(),
  /** How many of the two instances have applied it. */
  applied_on: z.int(),
  instances: z.array(ObservedInstance),
  rates: TrafficRates,
  /** When another node was last given its traffic, and why; null for never. */
  last_failover: Failover.nullable(),
  health: LbHealth,
  problems: z.array(Problem),
})
export type ObservedLb = z.infer<typeof ObservedLb>

/** A load balancer in the console's list, which spans the regions: `GET /fairlead/v1/lbs`. */
export const LbOverview = z.object({
  lb: Lb,
  health: LbHealth,
  servers: z.int().meta({ description: 'Distinct server addresses.' }),
  servers_up: z.int().meta({
    description: 'Those that the active instance sees up in every backend that has them.',
  }),
  problems: z.array(Problem),
})
export type LbOverview = z.infer<typeof LbOverview>

export const OverviewOrder = z.enum(OVERVIEW_ORDERS).default('created_at_asc').meta({
  description:
    'The order of the list. `health_asc`: the worst health first; those of equal health by name.',
})
export type OverviewOrder = z.infer<typeof OverviewOrder>

/** Query of `GET /fairlead/v1/lbs`. */
export const ListOverviews = ListLbs.pick({ page: true, page_size: true, tags: true }).extend({
  /** Part of a name, of a tag or of the IP address. */
  search: textUpTo(SEARCH_MAX, 'search').optional(),
  region: Region.optional(),
  health: z.array(LbHealthStateField).max(LB_HEALTH_STATES.length).default([]).meta({
    description: 'Only load balancers with one of these healths. Repeat the parameter for each.',
  }),
  order_by: OverviewOrder,
})
export type ListOverviews = z.infer<typeof ListOverviews>

export const LbOverviewList = z.object({ lbs: z.array(LbOverview), total_count: z.int() })
export type LbOverviewList = z.infer<typeof LbOverviewList>
