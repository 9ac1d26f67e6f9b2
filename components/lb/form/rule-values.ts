import type { Algorithm, Backend, ProxyProtocol, StickySessions } from '#lib/core/backend.ts'
import { type CheckKind, checkKindOf } from '#lib/core/check-kind.ts'
import { parseDuration } from '#lib/core/duration-text.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { HealthCheck } from '#lib/core/health-check.ts'
import type { Protocol } from '#lib/core/protocol.ts'

/** What the inputs of a frontend rule hold: text as typed. */
export type FrontendValues = {
  name: string
  protocol: Protocol
  port: string
  /** The key of a backend rule in the same form, or the ID of an existing backend; '' for none. */
  backend: string
  /** Milliseconds; '' for the default. */
  clientTimeout: string
  /** New connections a second; '' for no limit. */
  rateLimit: string
  accessLog: boolean
  /** The ID of an existing backend whose protocol changes along with this frontend's; '' for none. */
  switchedBackend: string
}

/** What the inputs of a health check hold. Those of another kind of check keep their values, but are hidden and not sent. */
export type CheckValues = {
  kind: CheckKind
  uri: string
  method: string
  code: string
  /** The Host header; '' for the server's address. */
  host: string
  sni: string
  user: string
  /** '' for the port of the backend. */
  port: string
  /** Milliseconds, as all times. */
  delay: string
  timeout: string
  transientDelay: string
  retries: string
  sendProxy: boolean
}

/** What the inputs of a backend rule hold: text as typed. '' in an optional number stands for its default. */
export type BackendValues = {
  /** Identifies the rule while its name is edited, for the frontends of the form. */
  key: string
  name: string
  protocol: Protocol
  port: string
  proxy: ProxyProtocol
  /** One address per line. */
  servers: string
  check: CheckValues
  sticky: StickySessions
  cookie: string
  /** Keeps responses that set the cookie out of shared caches. */
  nocache: boolean
  algorithm: Algorithm
  /** Milliseconds. */
  timeouts: { connect: string; server: string; tunnel: string; queue: string }
  /** Concurrent connections per server. */
  maxConnections: string
  maxRetries: string
  redispatch: string
  /** Whether connections are closed when their server is marked down. */
  cutWhenDown: boolean
  /** The Host header sent to servers; '' for the client's. */
  serverHost: string
  /** Whether connections to the servers use TLS. No input changes it. */
  tls: boolean
  /** '' for none. */
  failoverHost: string
}

const NEW_CHECK: CheckValues = {
  kind: 'tcp',
  uri: '/',
  method: 'GET',
  code: '200',
  host: '',
  sni: '',
  user: '',
  port: '',
  delay: '3000',
  timeout: '1000',
  transientDelay: '',
  retries: '3',
  sendProxy: false,
}

/** The first of `prefix-1`, `prefix-2`, … that is not taken. */
function unusedName(prefix: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`
    if (!taken.includes(name)) return name
  }
}

/** A frontend in front of a backend. */
export function newFrontend(
  existing: readonly { name: string }[],
  backend: { value: string; protocol: Protocol } | undefined,
  port = '',
): FrontendValues {
  const names = existing.map(({ name }) => name)
  return {
    name: unusedName('frontend', names),
    protocol: backend?.protocol ?? 'http',
    port,
    backend: backend?.value ?? '',
    clientTimeout: '',
    rateLimit: '',
    accessLog: false,
    switchedBackend: '',
  }
}

export function newBackend(existing: readonly { key?: string; name: string }[]): BackendValues {
  const names = existing.flatMap(({ key, name }) => [key ?? name, name])
  const name = unusedName('backend', names)
  return {
    key: name,
    name,
    protocol: 'http',
    port: '80',
    proxy: 'proxy_protocol_none',
    servers: '',
    check: { ...NEW_CHECK },
    sticky: 'none',
    cookie: '',
    nocache: true,
    algorithm: 'roundrobin',
    timeouts: { connect: '', server: '', tunnel: '', queue: '' },
    maxConnections: '',
    maxRetries: '',
    redispatch: '',
    cutWhenDown: false,
    serverHost: '',
    tls: false,
    failoverHost: '',
  }
}

const textOf = (value: number | null | undefined) => String(value ?? '')
/** A duration string in milliseconds. */
const millisecondsOf = (duration: string | null) =>
  duration === null ? '' : textOf(parseDuration(duration))

function checkValues(check: HealthCheck, backendPort: number): CheckValues {
  const http = check.http_config ?? check.https_config
  return {
    kind: checkKindOf(check),
    uri: http?.uri ?? NEW_CHECK.uri,
    method: http?.method ?? NEW_CHECK.method,
    code: textOf(http?.code ?? 200),
    host: http?.host_header ?? '',
    sni: check.https_config?.sni ?? '',
    user: check.mysql_config?.user ?? check.pgsql_config?.user ?? '',
    // Without a port of its own, the check follows the backend's.
    port: check.port === backendPort ? '' : String(check.port),
    delay: textOf(check.check_delay),
    timeout: textOf(check.check_timeout),
    transientDelay: millisecondsOf(check.transient_check_delay),
    retries: String(check.check_max_retries),
    sendProxy: check.check_send_proxy,
  }
}

/** `send_proxy_v2` is the API's older field for version 2. */
function proxyOf({ proxy_protocol: proxy, send_proxy_v2: v2 }: Backend): ProxyProtocol {
  if (proxy !== 'proxy_protocol_unknown') return proxy
  return v2 ? 'proxy_protocol_v2' : 'proxy_protocol_none'
}

/** The values of an existing frontend. */
export function frontendValues(frontend: Frontend): FrontendValues {
  return {
    name: frontend.name,
    protocol: frontend.backend.forward_protocol,
    port: String(frontend.inbound_port),
    backend: frontend.backend.id,
    clientTimeout: textOf(frontend.timeout_client),
    rateLimit: textOf(frontend.connection_rate_limit),
    accessLog: frontend.enable_access_logs,
    switchedBackend: '',
  }
}

/** The values of an existing backend. */
export function backendValues(backend: Backend): BackendValues {
  return {
    key: backend.id,
    name: backend.name,
    protocol: backend.forward_protocol,
    port: String(backend.forward_port),
    proxy: proxyOf(backend),
    servers: backend.pool.join('\n'),
    check: checkValues(backend.health_check, backend.forward_port),
    sticky: backend.sticky_sessions,
    cookie: backend.sticky_sessions_cookie_name,
    nocache: backend.sticky_sessions_nocache ?? true,
    algorithm: backend.forward_port_algorithm,
    timeouts: {
      connect: textOf(backend.timeout_connect),
      server: textOf(backend.timeout_server),
      tunnel: textOf(backend.timeout_tunnel),
      queue: millisecondsOf(backend.timeout_queue),
    },
    maxConnections: textOf(backend.max_connections),
    maxRetries: textOf(backend.max_retries),
    redispatch: textOf(backend.redispatch_attempt_count),
    cutWhenDown: backend.on_marked_down_action === 'shutdown_sessions',
    serverHost: backend.host,
    tls: backend.ssl_bridging,
    failoverHost: backend.failover_host ?? '',
  }
}

/** The rules of a form. A form for one rule has a single one in its list. */
export type RulesValues = { frontends: FrontendValues[]; backends: BackendValues[] }

/** The frontend of a form for one. */
export function singleFrontend({ frontends: [frontend] }: RulesValues): FrontendValues {
  if (!frontend) throw new Error('The form has no frontend')
  return frontend
}

/** The backend of a form for one. */
export function singleBackend({ backends: [backend] }: RulesValues): BackendValues {
  if (!backend) throw new Error('The form has no backend')
  return backend
}
