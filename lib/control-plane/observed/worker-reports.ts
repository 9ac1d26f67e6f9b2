import type { LbReport } from '#lib/config/report.ts'
import { mergeReports } from './merge-reports.ts'

/** The latest reports of one node's worker processes, and what they are together. */
export class WorkerReports {
  readonly #byWorker = new Map<number, Map<string, LbReport>>()

  put(worker: number, report: LbReport): void {
    const reports = this.#byWorker.get(worker) ?? new Map<string, LbReport>()
    this.#byWorker.set(worker, reports.set(report.lb_id, report))
  }

  /** A worker is gone. @returns the load balancers that it had reported on */
  leave(worker: number): string[] {
    const reports = this.#byWorker.get(worker)
    this.#byWorker.delete(worker)
    return [...(reports?.keys() ?? [])]
  }

  forget(lbId: string): void {
    for (const reports of this.#byWorker.values()) reports.delete(lbId)
  }

  *all(): Generator<[worker: number, report: LbReport]> {
    for (const [worker, reports] of this.#byWorker) {
      for (const report of reports.values()) yield [worker, report]
    }
  }

  /** What the node says of a load balancer; null for nothing. */
  of(lbId: string): LbReport | null {
    const [first, ...more] = [...this.#byWorker.values()].flatMap(
      (reports) => reports.get(lbId) ?? [],
    )
    return first ? mergeReports([first, ...more]) : null
  }
}
