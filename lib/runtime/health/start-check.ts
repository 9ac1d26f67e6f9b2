import { contain, reportFault } from '#lib/process/faults.ts'
import type {
  DesiredCheckKind,
  DesiredDraft,
  DesiredHealthCheck,
} from '#lib/protocol/desired-config.ts'
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts'
import { deniedSocket } from '../sockets/egress-gate.ts'
import { type CheckResult, couldNotRun, failed, InvalidCheck } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'
import { runCheck } from './run-check.ts'

/** The settings of a backend that its checks depend on. */
export type CheckSettings = Pick<DesiredDraft, 'health_check' | 'proxy_protocol' | 'tls'>

/**
 * Checks one server once, for saved backends and draft checks alike. A check with an invalid configuration fails.
 * @param onResult called after this function has returned
 * @returns a function that cancels the check without calling `onResult`
 */
export function startCheck(
  address: string,
  { health_check: check, proxy_protocol: version, tls: backendTls }: CheckSettings,
  onResult: (result: CheckResult | null) => void,
): () => void {
  try {
    const { kind, port, timeout, send_proxy: sendProxy } = check
    const denied = deniedSocket(address, port)
    if (denied) throw new Denied(denied)
    const proxyHeader = sendProxy ? localProxyHeader(version === 'none' ? 'v1' : version) : null
    const tls = tlsOf(kind, backendTls)
    const target = { address, port, timeout, proxyHeader, tls }
    return runCheck(checkerOf(check, address), target, onResult)
  } catch (fault) {
    const isKnown = fault instanceof InvalidCheck || fault instanceof Denied
    if (!isKnown) reportFault(fault, 'health check')
    const result = fault instanceof Denied ? failed(fault.message) : couldNotRun(fault)
    const reportResult = contain('health check', () => onResult(result))
    const immediate = setImmediate(reportResult)
    return () => clearImmediate(immediate)
  }
}

/** The egress policy denies the server. */
class Denied extends Error {}

/**
 * Why a health check is invalid ("its path is neither a path nor a URL"); null if it is valid. The API refuses such checks, but
 * stored ones may be older.
 */
export function invalidCheckReason(check: DesiredHealthCheck): string | null {
  try {
    checkerOf(check, '127.0.0.1')
    return null
  } catch (error) {
    if (error instanceof InvalidCheck) return error.message
    throw error
  }
}

/** HTTP checks use TLS if requests to the servers do. HTTPS checks verify certificates only if requests do. */
function tlsOf(kind: DesiredCheckKind, backendTls: CheckSettings['tls']): CheckSettings['tls'] {
  if (kind.type === 'http') return backendTls
  if (kind.type !== 'https') return null
  return { verify: backendTls?.verify ?? false, server_name: kind.sni || kind.host || null }
}
