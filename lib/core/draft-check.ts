import * as z from 'zod'
import { ServerAddresses } from './address.ts'
import { BACKEND_SETTINGS } from './backend.ts'
import { optional, portOf, withDefault } from './fields.ts'
import { HealthCheckInput } from './health-check.ts'
import { Cluster, Region } from './locality.ts'

/** The maximum number of servers: a draft check connects to all of them at once. */
export const DRAFT_SERVERS_MAX = 200

/**
 * `POST /fairlead/v1/draft-checks`: runs the health check of an unsaved backend once. The fields and their errors are those of
 * `POST lbs/{lb_id}/backends`.
 */
export const DraftCheckRequest = z.object({
  region: Region,
  forward_port: portOf('Port'),
  proxy_protocol: optional(BACKEND_SETTINGS.proxy_protocol),
  ssl_bridging: optional(BACKEND_SETTINGS.ssl_bridging),
  ignore_ssl_server_verify: optional(BACKEND_SETTINGS.ignore_ssl_server_verify),
  host: optional(BACKEND_SETTINGS.host),
  health_check: HealthCheckInput,
  server_ip: withDefault(ServerAddresses, [])
    .refine((servers) => servers.length > 0, { error: 'Enter at least one server IP to test.' })
    .refine((servers) => servers.length <= DRAFT_SERVERS_MAX, {
      error: `A test can have at most ${DRAFT_SERVERS_MAX} servers.`,
    }),
})
export type DraftCheckRequest = z.infer<typeof DraftCheckRequest>

/** The result of the check of one server. */
export const CheckedServer = z.object({
  address: z.string(),
  up: z.boolean(),
  /** As in the observed state of a saved backend: "connection refused", "HTTP 500, expected 200". */
  reason: z.string(),
  latency_ms: z.number(),
})
export type CheckedServer = z.infer<typeof CheckedServer>

/** The results of the node of one cluster. */
export const DraftCheckInstance = z.object({
  cluster: Cluster,
  /** Why some or all servers could not be checked; null if all were. */
  problem: z.string().nullable(),
  /** In the order of the request. */
  servers: z.array(CheckedServer),
})
export type DraftCheckInstance = z.infer<typeof DraftCheckInstance>

export const DraftCheck = z.object({ instances: z.array(DraftCheckInstance) })
export type DraftCheck = z.infer<typeof DraftCheck>
