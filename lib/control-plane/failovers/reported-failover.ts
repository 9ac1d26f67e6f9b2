import type { Failover } from '#lib/core/failover.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'

/** Both hosts date what they report by their own clocks. Milliseconds. */
const CLOCK_DIFFERENCE_MS = 10_000
/** A failover as the new owner reported it, or with what the former owner reported of it. */
export type ReportedFailover = Failover & {
  /** `LostLb.at`, if the former owner has reported. It reports each loss once or more. */
  lost_at?: string
}

/** Whether a failover took over what a host reports as lost. */
export function isOfLoss(failover: ReportedFailover, lost: LostLb): boolean {
  const { lb_id, from, to, reason, at, lost_at } = failover
  if (lb_id !== lost.lb_id || from !== lost.from || from === to) return false
  if (reason === 'planned' || lost_at !== undefined) return false
  // An earlier failover may be close enough too. But the host got the load balancer after it, so the report isn't about it.
  if (Date.parse(at) < Date.parse(lost.since)) return false
  return Math.abs(Date.parse(at) - Date.parse(lost.at)) <= CLOCK_DIFFERENCE_MS
}

/** The new owner measures from the former one's last advert, and the former one knows how long it served after that, or before. */
export function completed(
  failover: Failover,
  { reason, answered_ms, at }: LostLb,
): ReportedFailover {
  const gap_ms = answered_ms === null ? 0 : Math.max(0, failover.gap_ms - answered_ms)
  return { ...failover, reason, gap_ms, lost_at: at }
}
