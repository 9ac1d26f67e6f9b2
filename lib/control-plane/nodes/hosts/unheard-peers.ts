import type { HostReport } from '#lib/protocol/host-link.ts'
import type { Pairs } from '../../placement/pairs.ts'

/** The nodes whose adverts a host says it doesn't hear. @param nodeId the host's node */
export function unheardPeers(pairs: Pairs, nodeId: string, report: HostReport): string[] {
  if (report.type !== 'carriers') return []
  const unheard = new Set(report.pairs.flatMap((one) => (one.hears_peer ? [] : one.pair)))
  return pairs
    .ofNode(nodeId)
    .filter(({ number }) => unheard.has(number))
    .map(({ a, b }) => (a === nodeId ? b : a))
}
