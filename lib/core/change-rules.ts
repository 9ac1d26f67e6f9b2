import * as z from 'zod'
import { ServerAddresses } from './address.ts'
import { Algorithm, BACKEND_SETTINGS, BackendFields, StickySessions } from './backend.ts'
import { Id, nameOf, portOf, TIME_MAX, textUpTo, withDefault } from './fields.ts'
import {
  BackendId,
  ClientTimeout,
  ConnectionRateLimit,
  CreateFrontend,
  FrontendOfBackend,
} from './frontend.ts'
import { HealthCheckInput } from './health-check.ts'
import { Protocol } from './protocol.ts'
import { REQUEST_RULES_MAX } from './size-limits.ts'

/**
 * `PATCH /fairlead/v1/lbs/{lb_id}/rules`: changes several rules of a load balancer atomically, in one generation. As in a JSON merge
 * patch (RFC 7396), omitted fields keep their values and `null` unsets a field.
 */

const identity = {
  id: Id,
  /** The rule's `updated_at` that the caller has seen. If it has changed, the response is 412. */
  updated_at: textUpTo(TIME_MAX, 'updated_at').optional(),
}

const setting = <T extends z.ZodType>(schema: T) => schema.nullable().optional()

export const BackendPatch = z.object({
  ...identity,
  name: nameOf('Backend name').optional(),
  forward_protocol: Protocol.optional(),
  forward_port: portOf('Port').optional(),
  forward_port_algorithm: Algorithm.optional(),
  sticky_sessions: StickySessions.optional(),
  sticky_sessions_cookie_name: BACKEND_SETTINGS.sticky_sessions_cookie_name.optional(),
  sticky_sessions_nocache: BACKEND_SETTINGS.sticky_sessions_nocache.optional(),
  server_ip: ServerAddresses.optional(),
  health_check: HealthCheckInput.optional(),
  proxy_protocol: BACKEND_SETTINGS.proxy_protocol.optional(),
  on_marked_down_action: BACKEND_SETTINGS.on_marked_down_action.optional(),
  timeout_server: setting(BACKEND_SETTINGS.timeout_server),
  timeout_connect: setting(BACKEND_SETTINGS.timeout_connect),
  timeout_tunnel: setting(BACKEND_SETTINGS.timeout_tunnel),
  timeout_queue: setting(BACKEND_SETTINGS.timeout_queue),
  host: BACKEND_SETTINGS.host.optional(),
  failover_host: setting(BACKEND_SETTINGS.failover_host),
  redispatch_attempt_count: setting(BACKEND_SETTINGS.redispatch_attempt_count),
  max_retries: setting(BACKEND_SETTINGS.max_retries),
  max_connections: setting(BACKEND_SETTINGS.max_connections),
})
export type BackendPatch = z.infer<typeof BackendPatch>

export const FrontendPatch = z.object({
  ...identity,
  name: nameOf('Frontend name').optional(),
  inbound_port: portOf('Port').optional(),
  backend_id: BackendId.optional(),
  timeout_client: setting(ClientTimeout),
  connection_rate_limit: setting(ConnectionRateLimit),
  enable_access_logs: z.boolean().optional(),
  /** The expected protocol. Must be the backend's. */
  protocol: Protocol.optional(),
})
export type FrontendPatch = z.infer<typeof FrontendPatch>

function rulesOf<Rule extends z.ZodType>(rule: Rule, what: string) {
  const error = `A request can have at most ${REQUEST_RULES_MAX} ${what}. Send several.`
  return withDefault(z.array(rule).max(REQUEST_RULES_MAX, { error }), [])
}

export const ChangeRules = z
  .object({
    backends: rulesOf(BackendPatch, 'backends'),
    frontends: rulesOf(FrontendPatch, 'frontends'),
    /** Frontends to create, validated after the changes of backends. */
    new_frontends: rulesOf(CreateFrontend, 'new frontends'),
  })
  .superRefine((request, context) => {
    for (const kind of ['backends', 'frontends'] as const) {
      const seen = new Set<string>()
      for (const [at, { id }] of request[kind].entries()) {
        if (seen.has(id)) {
          const message = 'This ID is in the list already. Merge its changes into one item.'
          context.addIssue({ code: 'custom', path: [kind, at, 'id'], message })
        }
        seen.add(id)
      }
    }
  })
export type ChangeRules = z.infer<typeof ChangeRules>

/** The changed rules in the order of the request, without the load balancer that each embeds elsewhere. */
export const ChangedRules = z.object({
  /** The load balancer's generation after the change. */
  generation: z.int(),
  backends: z.array(BackendFields),
  frontends: z.array(FrontendOfBackend),
  new_frontends: z.array(FrontendOfBackend),
})
export type ChangedRules = z.infer<typeof ChangedRules>
