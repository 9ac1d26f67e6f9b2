import type { Counters } from '#lib/core/observed.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { frontendPart, serverPart, WHOLE } from './parts.ts'
import { countedSince, type Sample } from './sample.ts'

/** One node's latest counters, and with them what each report adds. */
export class CounterBaselines {
  readonly #reports = new Map<string, LbReport>()
  /** What was counted before, in Unix milliseconds, was counted while nobody listened. */
  #knowsSince: number

  constructor(knowsSince: number) {
    this.#knowsSince = knowsSince
  }

  /** The node can't be heard any more: what it counts until it is again can be put to no time. */
  lose(now: number): void {
    this.#reports.clear()
    this.#knowsSince = now
  }

  /** The clock was set back to `now`. */
  stepBack(now: number): void {
    this.#knowsSince = Math.min(this.#knowsSince, now)
  }

  forget(lbId: string): void {
    this.#reports.delete(lbId)
  }

  /** Load balancers with open connections. */
  get open(): LbReport[] {
    return [...this.#reports.values()].filter(({ counters }) => counters.connections_current > 0)
  }

  openOf(lbId: string, part: string): number {
    const report = this.#reports.get(lbId)
    return (report && countersOf(report, part)?.connections_current) ?? 0
  }

  /** What each part of a load balancer counted since its report before this one. */
  take(report: LbReport): Map<string, Sample> {
    const before = this.#reports.get(report.lb_id)
    this.#reports.set(report.lb_id, report)
    const anew = before
      ? before.counting_since !== report.counting_since
      : Date.parse(report.counting_since) >= this.#knowsSince
    const added = new Map<string, Sample>()
    if (!before && !anew) return added
    for (const [part, counters] of partsOfReport(report)) {
      const earlier = anew || !before ? null : countersOf(before, part)
      added.set(part, countedSince(earlier, counters))
    }
    return added
  }
}

/** Every part that a report has counters of. */
export function partsOfReport(report: LbReport): [part: string, counters: Counters][] {
  return [
    [WHOLE, report.counters],
    ...Object.entries(report.frontend_counters).map(
      ([id, counters]) => [frontendPart(id), counters] as [string, Counters],
    ),
    ...Object.entries(report.server_counters).map(
      ([server, counters]) => [serverPart(server), counters] as [string, Counters],
    ),
  ]
}

function countersOf(report: LbReport, part: string): Counters | null {
  if (part === WHOLE) return report.counters
  const [kind] = part.split('/', 1)
  const name = part.slice(part.indexOf('/') + 1)
  const all = kind === 'server' ? report.server_counters : report.frontend_counters
  return all[name] ?? null
}
