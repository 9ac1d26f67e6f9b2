import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import { millisecondsText } from '../failover/failover-text.ts'

/** Failovers are dated by the other host, whose clock may be behind. */
const CLOCK_DIFFERENCE_MS = 60_000

/**
 * How long clients of a load balancer waited when the host of one of its instances was lost, as a sentence; null if that is not
 * known yet.
 * @param since when the host was last heard of, RFC 3339
 */
export function waitedText(
  { instances, last_failover: last }: Pick<ObservedLb, 'instances' | 'last_failover'>,
  lost: Pick<ObservedInstance, 'cluster'>,
  since: string,
): string | null {
  const isOfThis = last?.reason === 'host_lost' && last.from === lost.cluster
  if (isOfThis && Date.parse(last.at) > Date.parse(since) - CLOCK_DIFFERENCE_MS) {
    return `New connections waited ${millisecondsText(last.gap_ms)} for the other instance.`
  }
  const active = instances.find(({ active, cluster }) => active && cluster !== lost.cluster)
  const activeSince = active?.active_since ?? null
  const wasActive = activeSince !== null && Date.parse(activeSince) < Date.parse(since)
  return wasActive ? 'The other instance was active already, so no connection waited.' : null
}
