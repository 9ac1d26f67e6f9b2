import type { Counters } from '#lib/core/observed.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { frontendPart, serverPart, WHOLE } from './parts.ts'
import { countedSince, type Sample } from './sample.ts'

/** The last counters of one worker, from which the next report's increments are computed. */
export class CounterBaselines {
  readonly #reports = new Map<string, LbReport>()
  /** Unix milliseconds. Counters that started earlier include traffic from before this worker was connected. */
  #connectedSince: number

  constructor(connectedSince: number) {
    this.#connectedSince = connectedSince
  }

  /** The worker has disconnected. The time of traffic that it counts until it reconnects is unknown. */
  disconnect(now: number): void {
    this.#reports.clear()
    this.#connectedSince = now
  }

  /** The clock was set back to `now`. */
  stepBack(now: number): void {
    this.#connectedSince = Math.min(this.#connectedSince, now)
  }

  delete(lbId: string): void {
    this.#reports.delete(lbId)
  }

  /** The last reports of load balancers with open connections. */
  get withOpenConnections(): LbReport[] {
    return [...this.#reports.values()].filter(({ counters }) => counters.connections_current > 0)
  }

  openConnections(lbId: string, part: string): number {
    const report = this.#reports.get(lbId)
    return (report && countersOf(report, part)?.connections_current) ?? 0
  }

  /** The increments of each part's counters since the load balancer's previous report. */
  increments(report: LbReport): Map<string, Sample> {
    const before = this.#reports.get(report.lb_id)
    this.#reports.set(report.lb_id, report)
    const wasReset = before
      ? before.counting_since !== report.counting_since
      : Date.parse(report.counting_since) >= this.#connectedSince
    const increments = new Map<string, Sample>()
    if (!before && !wasReset) return increments
    for (const [part, counters] of partsOfReport(report)) {
      const earlier = wasReset || !before ? null : countersOf(before, part)
      increments.set(part, countedSince(earlier, counters))
    }
    return increments
  }
}

/** Every part with counters in a report. */
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
