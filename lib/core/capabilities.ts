import {
  type Algorithm,
  PROXY_PROTOCOLS,
  type ProxyProtocol,
  type StickySessions,
} from './backend.ts'
import { CHECK_KINDS, type CheckConfigKey, type CheckKind, checkKindOf } from './check-kind.ts'

/**
 * What the proxy runtime carries out today, as data. The contract already has every value of the API; a request
 * for one that is missing here is refused in words, never accepted and ignored.
 */
export const CAPABILITIES: {
  algorithms: readonly Algorithm[]
  sticky: readonly StickySessions[]
  proxyProtocols: readonly ProxyProtocol[]
  checks: readonly CheckKind[]
  /** `max_connections` and `timeout_queue`. */
  connectionLimits: boolean
  connectionRateLimit: boolean
  accessLogs: boolean
} = {
  algorithms: ['roundrobin', 'leastconn', 'first'],
  sticky: ['none', 'cookie', 'table'],
  proxyProtocols: PROXY_PROTOCOLS,
  checks: CHECK_KINDS,
  connectionLimits: true,
  connectionRateLimit: true,
  accessLogs: true,
}

/** A wrong field and why, as `argument_name` and `help_message` of an API error. */
export type FieldProblem = { field: string; message: string }

const later = (what: string) => `${what} is not available in this release.`

/** The fields of a backend that ask for what the runtime can't do yet. */
export function unsupportedInBackend(backend: {
  forward_port_algorithm?: Algorithm | undefined
  sticky_sessions?: StickySessions | undefined
  proxy_protocol?: ProxyProtocol | undefined
  send_proxy_v2?: boolean | undefined
  max_connections?: number | null | undefined
}): FieldProblem[] {
  const problems: FieldProblem[] = []
  const { forward_port_algorithm: algorithm, sticky_sessions: sticky } = backend
  const { proxy_protocol: proxy } = backend
  if (algorithm && !CAPABILITIES.algorithms.includes(algorithm)) {
    problems.push({ field: 'forward_port_algorithm', message: later(`Balancing "${algorithm}"`) })
  }
  if (sticky && !CAPABILITIES.sticky.includes(sticky)) {
    problems.push({ field: 'sticky_sessions', message: later(`Sticky session "${sticky}"`) })
  }
  if (proxy && !CAPABILITIES.proxyProtocols.includes(proxy)) {
    problems.push({ field: 'proxy_protocol', message: later(`"${proxy}"`) })
  }
  if (backend.send_proxy_v2 && !CAPABILITIES.proxyProtocols.includes('proxy_protocol_v2')) {
    problems.push({ field: 'send_proxy_v2', message: later('PROXY protocol version 2') })
  }
  if (backend.max_connections && !CAPABILITIES.connectionLimits) {
    problems.push({ field: 'max_connections', message: later('A connection limit') })
  }
  return problems
}

/** The fields of a health check that ask for what the runtime can't do yet. */
export function unsupportedInCheck(check: { [Key in CheckConfigKey]?: unknown }): FieldProblem[] {
  const kind = checkKindOf(check)
  if (CAPABILITIES.checks.includes(kind)) return []
  return [{ field: `${kind}_config`, message: later(`A health check of type ${kind}`) }]
}

/** The fields of a frontend that ask for what the runtime can't do yet. */
export function unsupportedInFrontend(frontend: {
  connection_rate_limit?: number | null | undefined
  enable_access_logs?: boolean | undefined
}): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (frontend.connection_rate_limit && !CAPABILITIES.connectionRateLimit) {
    problems.push({ field: 'connection_rate_limit', message: later('A connection rate limit') })
  }
  if (frontend.enable_access_logs && !CAPABILITIES.accessLogs) {
    problems.push({ field: 'enable_access_logs', message: later('The access log') })
  }
  return problems
}
