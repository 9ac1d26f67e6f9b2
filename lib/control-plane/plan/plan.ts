import { TIME_MAX_MS } from '#lib/core/duration.ts'
import { parseDuration } from '#lib/core/duration-text.ts'
import { LbTypeName } from '#lib/core/lb.ts'
import { TYPE_LIMITS } from '#lib/core/lb-type.ts'
import type {
  DesiredBackend,
  DesiredConfig,
  DesiredDraft,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { Carriage } from '#lib/protocol/pair.ts'
import type { AclRow, BackendRow, FrontendRow, LbRow, RouteRow } from '../store/tables.ts'
import { DEFAULTS } from './defaults.ts'
import { planAcls } from './plan-acls.ts'
import { planHealthCheck } from './plan-health-check.ts'
import { planRoutes } from './plan-routes.ts'

/** All rows that a load balancer's desired configuration depends on. */
export type PlanInput = {
  lb: LbRow
  address: string | null
  /** Null if it is on the local nodes. */
  carriage: Carriage | null
  backends: BackendRow[]
  frontends: FrontendRow[]
  routes: RouteRow[]
  acls: AclRow[]
}

/** Plans the desired configuration of a load balancer. Pure: the same rows give the same configuration. */
export function plan({
  lb,
  address,
  carriage,
  backends,
  frontends,
  ...rules
}: PlanInput): DesiredConfig {
  const routes = Map.groupBy(rules.routes, (route) => route.frontend_id)
  const acls = Map.groupBy(rules.acls, (acl) => acl.frontend_id)
  return {
    lb_id: lb.id,
    generation: lb.generation,
    revision: lb.revision,
    changed_at: lb.changed_at,
    region: lb.region,
    address,
    master: lb.master,
    carriage,
    limits: limitsOf(lb.type),
    frontends: frontends.map((frontend) => ({
      ...planFrontend(frontend),
      acls: planAcls(acls.get(frontend.id) ?? []),
      routes: planRoutes(routes.get(frontend.id) ?? []),
    })),
    backends: backends.map(planBackend),
  }
}

/** A type of a later version of Fairlead has no limits. */
function limitsOf(type: string): DesiredConfig['limits'] {
  const known = LbTypeName.safeParse(type)
  return known.success ? TYPE_LIMITS[known.data] : { connections: null, bandwidth: null }
}

function planFrontend(frontend: FrontendRow): Omit<DesiredFrontend, 'acls' | 'routes'> {
  return {
    id: frontend.id,
    name: frontend.name,
    port: frontend.inbound_port,
    backend_id: frontend.backend_id,
    client_timeout: timeLimit(frontend.timeout_client, DEFAULTS.clientTimeout),
    connection_rate_limit: frontend.connection_rate_limit,
    access_log: frontend.enable_access_logs,
  }
}

/** A timeout in milliseconds. The API's 0 means no limit, which is the longest timer. */
function timeLimit(given: number | null, unset: number): number {
  return given === 0 ? TIME_MAX_MS : (given ?? unset)
}

function planBackend(backend: BackendRow): DesiredBackend {
  return {
    id: backend.id,
    name: backend.name,
    protocol: backend.forward_protocol,
    port: backend.forward_port,
    algorithm: backend.forward_port_algorithm,
    sticky: planSticky(backend),
    ...planDraft(backend),
    timeouts: {
      connect: timeLimit(backend.timeout_connect, DEFAULTS.connectTimeout),
      server: timeLimit(backend.timeout_server, DEFAULTS.serverTimeout),
      tunnel: timeLimit(backend.timeout_tunnel, DEFAULTS.tunnelTimeout),
      queue: parseDuration(backend.timeout_queue ?? '0s') || DEFAULTS.queueTimeout,
    },
    max_retries: backend.max_retries ?? DEFAULTS.maxRetries,
    // The API's 0 means "only for the last retry", like an unset value.
    redispatch_after: backend.redispatch_attempt_count || null,
    max_connections: backend.max_connections || null,
    shutdown_sessions_when_down: backend.on_marked_down_action === 'shutdown_sessions',
    host: backend.host || null,
    failover_host: backend.failover_host || null,
  }
}

type Draft = Pick<
  BackendRow,
  | 'servers'
  | 'health_check'
  | 'proxy_protocol'
  | 'send_proxy_v2'
  | 'host'
  | 'ssl_bridging'
  | 'ignore_ssl_server_verify'
>

/** The part of a backend that its health check depends on. */
export function planDraft(backend: Draft): DesiredDraft {
  return {
    servers: backend.servers,
    health_check: planHealthCheck(backend.health_check, backend.host),
    proxy_protocol: planProxyProtocol(backend),
    tls: planTls(backend),
  }
}

/** The server name is the backend's host, or else the `sni` of its HTTPS health check. */
function planTls(backend: Draft): DesiredDraft['tls'] {
  if (!backend.ssl_bridging) return null
  const { sni = '' } = backend.health_check.https_config ?? {}
  return { verify: !backend.ignore_ssl_server_verify, server_name: backend.host || sni || null }
}

function planSticky(backend: BackendRow): DesiredBackend['sticky'] {
  const { sticky_sessions: type, sticky_sessions_cookie_name: name } = backend
  return type === 'cookie' ? { type, name, nocache: backend.sticky_sessions_nocache } : { type }
}

/** `send_proxy_v2` is the deprecated way to enable version 2. It counts only if `proxy_protocol` is unknown. */
function planProxyProtocol(backend: Draft): DesiredBackend['proxy_protocol'] {
  if (backend.proxy_protocol === 'proxy_protocol_unknown') {
    return backend.send_proxy_v2 ? 'v2' : 'none'
  }
  const versions = {
    proxy_protocol_none: 'none',
    proxy_protocol_v1: 'v1',
    proxy_protocol_v2: 'v2',
    proxy_protocol_v2_ssl: 'v2_ssl',
    proxy_protocol_v2_ssl_cn: 'v2_ssl_cn',
  } as const
  return versions[backend.proxy_protocol]
}
