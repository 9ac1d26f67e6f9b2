import * as z from 'zod'
import { SERVERS_MAX, ServerAddress, ServerAddresses } from './address.ts'
import { durationOf, millisecondsOf } from './duration.ts'
import { INT32_MAX, nameOf, optional, portOf, withDefault } from './fields.ts'
import { HealthCheck, HealthCheckInput } from './health-check.ts'
import { parseRouteHost } from './host.ts'
import { HostField } from './host-field.ts'
import { Lb } from './lb.ts'
import { NameFilter, OrderBy, Paging } from './list.ts'
import { Protocol } from './protocol.ts'

/** The balancing algorithm. */
export const Algorithm = z.enum(['roundrobin', 'leastconn', 'first'])
export type Algorithm = z.infer<typeof Algorithm>

export const StickySessions = z.enum(['none', 'cookie', 'table'])
export type StickySessions = z.infer<typeof StickySessions>

export const ProxyProtocol = z.enum([
  'proxy_protocol_unknown',
  'proxy_protocol_none',
  'proxy_protocol_v1',
  'proxy_protocol_v2',
  'proxy_protocol_v2_ssl',
  'proxy_protocol_v2_ssl_cn',
])
export type ProxyProtocol = z.infer<typeof ProxyProtocol>

export const OnMarkedDownAction = z.enum(['on_marked_down_action_none', 'shutdown_sessions'])
export type OnMarkedDownAction = z.infer<typeof OnMarkedDownAction>

/** A backend without the load balancer that it embeds. */
export const BackendFields = z.object({
  id: z.string(),
  name: z.string(),
  forward_protocol: Protocol,
  forward_port: z.int(),
  forward_port_algorithm: Algorithm,
  sticky_sessions: StickySessions,
  sticky_sessions_cookie_name: z.string(),
  /** A Fairlead extension, so it is returned only if it differs from the default: `false`. */
  sticky_sessions_nocache: z.boolean().optional(),
  health_check: HealthCheck,
  pool: z.array(z.string()),
  host: z.string(),
  send_proxy_v2: z.boolean(),
  proxy_protocol: ProxyProtocol,
  /** Milliseconds. */
  timeout_server: z.int().nullable(),
  timeout_connect: z.int().nullable(),
  timeout_tunnel: z.int().nullable(),
  /** A duration string. */
  timeout_queue: z.string().nullable(),
  on_marked_down_action: OnMarkedDownAction,
  failover_host: z.string().nullable(),
  ssl_bridging: z.boolean(),
  ignore_ssl_server_verify: z.boolean().nullable(),
  redispatch_attempt_count: z.int().nullable(),
  max_retries: z.int().nullable(),
  max_connections: z.int().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type BackendFields = z.infer<typeof BackendFields>

/** A backend, as the API returns it. */
export const Backend = BackendFields.extend({ lb: Lb })
export type Backend = z.infer<typeof Backend>

export const BackendList = z.object({ backends: z.array(Backend), total_count: z.int() })
export type BackendList = z.infer<typeof BackendList>

/** A cookie's name is a token (RFC 6265 section 4.1.1, RFC 9110 section 5.6.2). */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/

export function isCookieName(name: string): boolean {
  return name !== '' && COOKIE_NAME.test(name)
}

const CookieName = z
  .string()
  .trim()
  .max(128, { error: 'Cookie name can have at most 128 characters.' })
  .regex(COOKIE_NAME, {
    error: "Cookie name can't contain spaces, quotes or any of ( ) , / : ; < = > ? @ [ \\ ] { }.",
  })

const NO_LIMIT = 'no limit'

const count = (what: string, zero: string) => {
  const error = `${what} must be a whole number from 0 to ${INT32_MAX}.`
  const description = `0 to ${INT32_MAX}; 0 for ${zero}.`
  return z.int({ error }).min(0, { error }).max(INT32_MAX, { error }).meta({ description })
}

const FailoverHost = z
  .string()
  .max(255, { error: 'Failover host can have at most 255 characters.' })
  .refine((host) => host === '' || parseRouteHost(host) !== null, {
    error: 'Failover host must be a host name, without a port. For example: sorry.example.com',
  })

/** Optional settings. Their defaults are in `lib/control-plane/plan/defaults.ts`. */
export const BACKEND_SETTINGS = {
  proxy_protocol: ProxyProtocol,
  send_proxy_v2: z.boolean(),
  sticky_sessions_cookie_name: CookieName,
  /** Adds `Cache-Control: private` to responses that set the sticky cookie, if a shared cache could store them. */
  sticky_sessions_nocache: z.boolean(),
  timeout_server: millisecondsOf('Server timeout', { zero: NO_LIMIT }),
  timeout_connect: millisecondsOf('Connect timeout', { zero: NO_LIMIT }),
  timeout_tunnel: millisecondsOf('Tunnel timeout', { zero: NO_LIMIT }),
  timeout_queue: durationOf('Queue timeout', 'the default, 60 s'),
  on_marked_down_action: OnMarkedDownAction,
  host: HostField.meta({
    description:
      "Host header sent to the backend's servers instead of the client's, and server name (SNI) for TLS to the servers. An empty string clears it.",
  }),
  failover_host: FailoverHost,
  ssl_bridging: z.boolean(),
  ignore_ssl_server_verify: z.boolean(),
  redispatch_attempt_count: count('Redispatch attempts', 'redispatching at the last retry only'),
  max_retries: count('Retries', 'none'),
  max_connections: count('Connections per server', NO_LIMIT),
}

/** The common fields of `POST backends` and `PUT backends/{backend_id}`. */
const shared = {
  name: nameOf('Backend name'),
  forward_protocol: Protocol,
  forward_port: portOf('Port'),
  proxy_protocol: optional(BACKEND_SETTINGS.proxy_protocol),
  send_proxy_v2: optional(BACKEND_SETTINGS.send_proxy_v2),
  sticky_sessions_cookie_name: optional(BACKEND_SETTINGS.sticky_sessions_cookie_name),
  sticky_sessions_nocache: optional(BACKEND_SETTINGS.sticky_sessions_nocache),
  timeout_server: optional(BACKEND_SETTINGS.timeout_server),
  timeout_connect: optional(BACKEND_SETTINGS.timeout_connect),
  timeout_tunnel: optional(BACKEND_SETTINGS.timeout_tunnel),
  timeout_queue: optional(BACKEND_SETTINGS.timeout_queue),
  on_marked_down_action: optional(BACKEND_SETTINGS.on_marked_down_action),
  host: optional(BACKEND_SETTINGS.host),
  failover_host: optional(BACKEND_SETTINGS.failover_host),
  ssl_bridging: optional(BACKEND_SETTINGS.ssl_bridging),
  ignore_ssl_server_verify: optional(BACKEND_SETTINGS.ignore_ssl_server_verify),
  redispatch_attempt_count: optional(BACKEND_SETTINGS.redispatch_attempt_count),
  max_retries: optional(BACKEND_SETTINGS.max_retries),
  max_connections: optional(BACKEND_SETTINGS.max_connections),
}

/**
 * Browsers accept cookies with these prefixes, in any case, only with the attribute Secure (RFC 6265bis section 4.1.3). Frontends speak
 * plain HTTP, so the sticky cookie can't have them.
 */
const SECURE_PREFIXES = ['__secure-', '__host-', '__http-']

type Stickiness = { sticky_sessions: StickySessions; sticky_sessions_cookie_name: string }

/** Why browsers would reject a backend's sticky cookie. A name that the backend already has stays allowed, for other clients. */
export function cookieNameProblems(
  backend: Stickiness,
  before: Stickiness | null = null,
): { field: string; message: string }[] {
  const name = backend.sticky_sessions_cookie_name.trim().toLowerCase()
  const prefix = SECURE_PREFIXES.find((one) => name.startsWith(one))
  if (backend.sticky_sessions !== 'cookie' || prefix === undefined) return []
  const isUnchanged =
    before?.sticky_sessions === 'cookie' &&
    before.sticky_sessions_cookie_name === backend.sticky_sessions_cookie_name
  if (isUnchanged) return []
  const begin = backend.sticky_sessions_cookie_name.trim().slice(0, prefix.length)
  const message = `Cookie name can't begin with ${begin}: browsers accept such a cookie over HTTPS only, and frontends speak HTTP.`
  return [{ field: 'sticky_sessions_cookie_name', message }]
}

/** Conflicts between a backend's fields, for creating and updating. */
export function backendConflicts(backend: Stickiness): { field: string; message: string }[] {
  const conflicts = []
  if (backend.sticky_sessions === 'cookie' && backend.sticky_sessions_cookie_name === '') {
    const message = 'Cookie name is required with sticky sessions by cookie.'
    conflicts.push({ field: 'sticky_sessions_cookie_name', message })
  }
  return conflicts
}

/**
 * Settings of a backend that have no effect. Scaleway's calls accept them, and the load balancer's problems list them. Forms and
 * Fairlead's own calls refuse them.
 */
export function settingsWithoutEffect(backend: {
  forward_protocol: Protocol
  sticky_sessions: StickySessions
  host?: string | undefined
  failover_host?: string | null | undefined
  /** Omitted if unknown. */
  ssl_bridging?: boolean | undefined
}): { field: string; message: string }[] {
  if (backend.forward_protocol === 'http') return []
  const problems = []
  if (backend.sticky_sessions === 'cookie') {
    const message = 'Sticky sessions by cookie need protocol HTTP. With TCP, use table.'
    problems.push({ field: 'sticky_sessions', message })
  }
  if (backend.failover_host) {
    const message = "Failover host needs protocol HTTP: TCP clients can't be redirected."
    problems.push({ field: 'failover_host', message })
  }
  if (backend.host && backend.ssl_bridging === false) {
    const message = 'Host needs protocol HTTP, or TLS to the servers (ssl_bridging).'
    problems.push({ field: 'host', message })
  }
  return problems
}

const BackendRequest = z
  .object({
    ...shared,
    forward_port_algorithm: withDefault(Algorithm, 'roundrobin'),
    sticky_sessions: withDefault(StickySessions, 'none'),
    health_check: HealthCheckInput,
    server_ip: withDefault(ServerAddresses, []),
  })
  .superRefine((backend, context) => {
    const conflicts = backendConflicts({
      ...backend,
      sticky_sessions_cookie_name: backend.sticky_sessions_cookie_name ?? '',
    })
    for (const { field, message } of conflicts) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })

/** `POST lbs/{lb_id}/backends`. */
export const CreateBackend = BackendRequest.superRefine((backend, context) => {
  const { sticky_sessions_cookie_name: name = '' } = backend
  const problems = cookieNameProblems({ ...backend, sticky_sessions_cookie_name: name })
  for (const { field, message } of problems) {
    context.addIssue({ code: 'custom', path: [field], message })
  }
})
export type CreateBackend = z.infer<typeof CreateBackend>

type EffectContext = z.core.$RefinementCtx<z.infer<typeof BackendRequest>>

function refuseIneffectiveSettings(
  backend: z.infer<typeof BackendRequest>,
  context: EffectContext,
): void {
  for (const { field, message } of settingsWithoutEffect(backend)) {
    context.addIssue({ code: 'custom', path: [field], message })
  }
}

/** A new backend in forms and Fairlead's own calls, which refuse settings without effect. */
export const EffectiveBackend = CreateBackend.superRefine((backend, context) => {
  const { ssl_bridging = false } = backend
  refuseIneffectiveSettings({ ...backend, ssl_bridging }, context)
})

/** The same for an existing backend, whose cookie can keep its name. */
export const EditedBackend = BackendRequest.superRefine(refuseIneffectiveSettings)

/** `PUT backends/{backend_id}`. Servers and health check have their own calls. */
export const UpdateBackend = z.object({
  ...shared,
  forward_port_algorithm: optional(Algorithm),
  sticky_sessions: optional(StickySessions),
})
export type UpdateBackend = z.infer<typeof UpdateBackend>

/** `PUT backends/{backend_id}/servers`: replaces all servers. */
export const SetServers = z.object({ server_ip: withDefault(ServerAddresses, []) })
export type SetServers = z.infer<typeof SetServers>

/** `POST` and `DELETE backends/{backend_id}/servers`: adds or removes these servers. */
export const NamedServers = z.object({
  server_ip: z
    .array(ServerAddress)
    .min(1, { error: 'Name at least one server.' })
    .max(SERVERS_MAX, { error: `At most ${SERVERS_MAX} servers in one request.` }),
})
export type NamedServers = z.infer<typeof NamedServers>

export const ListBackends = Paging.extend({ name: NameFilter, order_by: OrderBy })
export type ListBackends = z.infer<typeof ListBackends>
