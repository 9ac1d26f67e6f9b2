import * as z from 'zod'
import { ServerAddresses } from './address.ts'
import { BACKEND_SETTINGS } from './backend.ts'
import { optional, portOf, withDefault } from './fields.ts'
import { HealthCheckInput } from './health-check.ts'
import { Cluster, Region } from './locality.ts'

/** Servers that one test may have: it holds a connection to each of them at once. */
export const DRAFT_SERVERS_MAX = 200

/**
 * `POST /fairlead/v1/draft-checks`: runs a backend's health check once, before the backend is saved. The fields are
 * those of `POST lbs/{lb_id}/backends`, and what is wrong with them is said in the same words.
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

/** What one check of one server found. */
export const CheckedServer = z.object({
  address: z.string(),
  up: z.boolean(),
  /** As a saved backend's health would say it: "connection refused", "HTTP 500, expected 200". */
  reason: z.string(),
  latency_ms: z.number(),
})
export type CheckedServer = z.infer<typeof CheckedServer>

/** What the node of one cluster found. */
export const DraftCheckInstance = z.object({
  cluster: Cluster,
  /** Why it could not check, or not every server; null where it could. */
  problem: z.string().nullable(),
  /** In the order of the request. */
  servers: z.array(CheckedServer),
})
export type DraftCheckInstance = z.infer<typeof DraftCheckInstance>

export const DraftCheck = z.object({ instances: z.array(DraftCheckInstance) })
export type DraftCheck = z.infer<typeof DraftCheck>
