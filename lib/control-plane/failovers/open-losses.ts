import type { Failover } from '#lib/core/failover.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import { completed, isOfLoss, type ReportedFailover } from './reported-failover.ts'

/** How long a loss waits for the new owner's report. Milliseconds. */
const KEPT_MS = 600_000
/** More are not kept; the oldest are forgotten. */
const KEPT_MAX = 10_000

/** What former owners have reported before the new ones. */
export class OpenLosses {
  #losses: { lost: LostLb; since: number }[] = []

  add(losses: readonly LostLb[]): void {
    const since = performance.now()
    const kept = this.#losses.filter((one) => since - one.since < KEPT_MS)
    this.#losses = [...kept, ...losses.map((lost) => ({ lost, since }))].slice(-KEPT_MAX)
  }

  /**
   * Completes failovers whose former owner has reported already.
   * @returns also the losses that were used, for `remove` when the failovers are recorded
   */
  complete(failovers: readonly Failover[]): { known: ReportedFailover[]; used: LostLb[] } {
    if (this.#losses.length === 0) return { known: [...failovers], used: [] }
    const byLb = Map.groupBy(this.#losses, ({ lost }) => lost.lb_id)
    const used = new Set<LostLb>()
    const known = failovers.map((failover) => {
      const own = byLb.get(failover.lb_id) ?? []
      const found = own.find(({ lost }) => !used.has(lost) && isOfLoss(failover, lost))
      if (!found) return failover
      used.add(found.lost)
      return completed(failover, found.lost)
    })
    return { known, used: [...used] }
  }

  remove(used: readonly LostLb[]): void {
    if (used.length === 0) return
    const all = new Set(used)
    this.#losses = this.#losses.filter(({ lost }) => !all.has(lost))
  }
}
