import type { DesiredCheckKind, DesiredDraft } from '#lib/config/desired.ts'
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Outcome } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'
import { runCheck } from './run-check.ts'

/** What a check depends on, beside the server's address. */
export type CheckSettings = Pick<DesiredDraft, 'health_check' | 'proxy_protocol' | 'tls'>

/**
 * Checks one server once, in the same way whether its backend is saved or a draft.
 * @returns cancels it, silently
 */
export function startCheck(
  address: string,
  { health_check: check, proxy_protocol: version, tls: bridged }: CheckSettings,
  onOutcome: (outcome: Outcome | null) => void,
): () => void {
  const { kind, port, timeout, send_proxy: sendProxy } = check
  const proxyHeader = sendProxy ? localProxyHeader(version === 'none' ? 'v1' : version) : null
  const tls = tlsOf(kind, bridged)
  const target = { address, port, timeout, proxyHeader, tls }
  return runCheck(checkerOf(check, address), target, onOutcome)
}

/** HTTP checks speak as requests to the servers do; those for HTTPS trust any certificate, unless requests do not. */
function tlsOf(kind: DesiredCheckKind, bridged: CheckSettings['tls']): CheckSettings['tls'] {
  if (kind.type === 'http') return bridged
  if (kind.type !== 'https') return null
  return { verify: bridged?.verify ?? false, server_name: kind.sni || kind.host || null }
}
