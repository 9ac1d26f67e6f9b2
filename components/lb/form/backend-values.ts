import type { Algorithm, Backend, ProxyProtocol, StickySessions } from '#lib/core/backend.ts'
import { type CheckKind, checkKindOf } from '#lib/core/check-kind.ts'
import { parseDuration } from '#lib/core/duration-text.ts'
import type { HealthCheck } from '#lib/core/health-check.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import { freeName } from './free-name.ts'

/** What the inputs of a health check hold. Those of a kind that is not chosen keep their values, unseen and unsent. */
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

/** What the inputs of a backend rule hold: text as typed, until it is sent. Numbers left empty have a default. */
export type BackendValues = {
  /** Stays while the name is being typed, so that frontends keep pointing at it. */
  key: string
  name: string
  protocol: Protocol
  port: string
  proxy: ProxyProtocol
  /** One address a line. */
  servers: string
  check: CheckValues
  sticky: StickySessions
  cookie: string
  /** Keeps responses that set the cookie out of shared caches. */
  nocache: boolean
  algorithm: Algorithm
  /** Milliseconds. */
  timeouts: { connect: string; server: string; tunnel: string; queue: string }
  /** Connections at once to each server. */
  maxConnections: string
  maxRetries: string
  redispatch: string
  /** Whether a server that goes down has its connections cut. */
  cutWhenDown: boolean
  /** The Host for servers; '' for the client's. */
  serverHost: string
  /** Whether TLS is spoken with the servers. No input changes it. */
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

export function newBackend(taken: readonly { key?: string; name: string }[]): BackendValues {
  const used = taken.flatMap(({ key, name }) => [key ?? name, name])
  const name = freeName('backend', used)
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

const textOf = (value: number | null) => (value === null ? '' : String(value))
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
    // A check of the backend's own port follows it.
    port: check.port === backendPort ? '' : String(check.port),
    delay: textOf(check.check_delay),
    timeout: textOf(check.check_timeout),
    transientDelay: millisecondsOf(check.transient_check_delay),
    retries: String(check.check_max_retries),
    sendProxy: check.check_send_proxy,
  }
}

/** `send_proxy_v2` is the older way to ask for version 2. */
function proxyOf({ proxy_protocol: proxy, send_proxy_v2: v2 }: Backend): ProxyProtocol {
  if (proxy !== 'proxy_protocol_unknown') return proxy
  return v2 ? 'proxy_protocol_v2' : 'proxy_protocol_none'
}

/** A backend that there is, as inputs hold it. */
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
