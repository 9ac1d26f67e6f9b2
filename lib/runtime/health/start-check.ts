import { contain, reportFault } from '#lib/process/faults.ts'
import type {
  DesiredCheckKind,
  DesiredDraft,
  DesiredHealthCheck,
} from '#lib/protocol/desired-config.ts'
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts'
import { deniedSocket } from '../sockets/egress-gate.ts'
import { failed, notMade, type Outcome, UnusableCheck } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'
import { runCheck } from './run-check.ts'

/** What a check depends on, beside the server's address. */
export type CheckSettings = Pick<DesiredDraft, 'health_check' | 'proxy_protocol' | 'tls'>

/**
 * Checks one server once, in the same way whether its backend is saved or a draft. A check with an invalid configuration
 * fails.
 * @returns cancels it, silently
 */
export function startCheck(
  address: string,
  { health_check: check, proxy_protocol: version, tls: bridged }: CheckSettings,
  onOutcome: (outcome: Outcome | null) => void,
): () => void {
  try {
    const { kind, port, timeout, send_proxy: sendProxy } = check
    const denied = deniedSocket(address, port)
    if (denied) throw new Denied(denied)
    const proxyHeader = sendProxy ? localProxyHeader(version === 'none' ? 'v1' : version) : null
    const tls = tlsOf(kind, bridged)
    const target = { address, port, timeout, proxyHeader, tls }
    return runCheck(checkerOf(check, address), target, onOutcome)
  } catch (fault) {
    const isKnown = fault instanceof UnusableCheck || fault instanceof Denied
    if (!isKnown) reportFault(fault, 'health check')
    const outcome = fault instanceof Denied ? failed(fault.message) : notMade(fault)
    // Like any outcome, after `startCheck` has returned.
    const tell = contain('health check', () => onOutcome(outcome))
    const immediate = setImmediate(tell)
    return () => clearImmediate(immediate)
  }
}

/** The egress policy denies the server. */
class Denied extends Error {}

/**
 * Why a health check is invalid ("its path is neither a path nor a URL"); null if it is valid. The API refuses such checks, but
 * stored ones may be older.
 */
export function whyUnusable(check: DesiredHealthCheck): string | null {
  try {
    checkerOf(check, '127.0.0.1')
    return null
  } catch (error) {
    if (error instanceof UnusableCheck) return error.message
    throw error
  }
}

/** HTTP checks speak as requests to the servers do; those for HTTPS trust any certificate, unless requests do not. */
function tlsOf(kind: DesiredCheckKind, bridged: CheckSettings['tls']): CheckSettings['tls'] {
  if (kind.type === 'http') return bridged
  if (kind.type !== 'https') return null
  return { verify: bridged?.verify ?? false, server_name: kind.sni || kind.host || null }
}
