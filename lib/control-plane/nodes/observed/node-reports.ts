import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { FaultReport, LbReport } from '#lib/protocol/report.ts'
import type { Known } from '#lib/protocol/stream.ts'
import { mergeReports } from './merge-reports.ts'

/** What is seen of one load balancer on one node. */
export type Seen = {
  /** The newest generation that all of the node's workers have; null before the first. */
  applied: number | null
  /** How many of its workers say something of it. */
  reporting: number
  /** What its workers say, as one. */
  report: LbReport
}

/** The latest reports of one node's worker processes, and what they are together. */
export class WorkerReports {
  /** How many workers the node is made of. */
  total = 1
  /** The faults of each connected worker since it started. */
  readonly faults = new Map<number, FaultReport[]>()
  readonly #byWorker = new Map<number, Map<string, LbReport>>()
  /** The generations that each worker had when it connected or was last heard, also one that is gone. */
  readonly #generations = new Map<number, Map<string, number>>()
  /** The quarantine reported by each worker, including workers that are gone. */
  readonly #quarantined = new Map<number, readonly QuarantinedLb[]>()

  /** A worker has connected. @param known what it has of each load balancer */
  join(worker: number, total: number, known: Known['known']): void {
    this.total = total
    const generations = Object.entries(known).map(
      ([id, { generation }]) => [id, generation] as const,
    )
    this.#generations.set(worker, new Map(generations))
    for (const other of this.#quarantined.keys()) {
      if (other > total) this.#quarantined.delete(other)
    }
  }

  put(worker: number, report: LbReport): void {
    const reports = this.#byWorker.get(worker) ?? new Map<string, LbReport>()
    this.#byWorker.set(worker, reports.set(report.lb_id, report))
    const generations = this.#generations.get(worker) ?? new Map<string, number>()
    this.#generations.set(worker, generations.set(report.lb_id, report.generation))
  }

  /** Replaces a worker's quarantine. @returns the load balancers concerned */
  quarantine(worker: number, quarantined: readonly QuarantinedLb[]): string[] {
    const before = this.#quarantined.get(worker) ?? []
    this.#quarantined.set(worker, quarantined)
    for (const { lb_id, generation } of quarantined) {
      const reports = this.#byWorker.get(worker)
      if (reports?.get(lb_id)?.generation === generation) reports.delete(lb_id)
      // The worker has this generation, but does not run it.
      const generations = this.#generations.get(worker)
      if (generations?.get(lb_id) === generation) generations.delete(lb_id)
    }
    return [...new Set([...before, ...quarantined].map(({ lb_id }) => lb_id))]
  }

  /** The newest generation of a load balancer in quarantine on any worker. */
  quarantineOf(lbId: string): QuarantinedLb | null {
    const all = [...this.#quarantined.values()].flat().filter(({ lb_id }) => lb_id === lbId)
    return all.toSorted((one, other) => other.generation - one.generation)[0] ?? null
  }

  /** The load balancers with a generation in quarantine. */
  quarantinedLbs(): string[] {
    return [...new Set([...this.#quarantined.values()].flat().map(({ lb_id }) => lb_id))]
  }

  /** A worker is gone. @returns the load balancers that it had reported on */
  leave(worker: number): string[] {
    const reports = this.#byWorker.get(worker)
    this.#byWorker.delete(worker)
    this.faults.delete(worker)
    return [...(reports?.keys() ?? [])]
  }

  forget(lbId: string): void {
    for (const reports of this.#byWorker.values()) reports.delete(lbId)
    for (const generations of this.#generations.values()) generations.delete(lbId)
    for (const [worker, quarantined] of this.#quarantined) {
      const remaining = quarantined.filter(({ lb_id }) => lb_id !== lbId)
      this.#quarantined.set(worker, remaining)
    }
  }

  *all(): Generator<[worker: number, report: LbReport]> {
    for (const [worker, reports] of this.#byWorker) {
      for (const report of reports.values()) yield [worker, report]
    }
  }

  /** What the node says of a load balancer; null for nothing. */
  of(lbId: string): Seen | null {
    const [first, ...more] = [...this.#byWorker.values()].flatMap(
      (reports) => reports.get(lbId) ?? [],
    )
    if (!first) return null
    return {
      applied: this.#applied(lbId),
      reporting: 1 + more.length,
      report: mergeReports([first, ...more]),
    }
  }

  /**
   * A worker that is gone counts with what it had: it comes back with that or something newer, so a restart changes
   * nothing, but nothing newer is in effect everywhere meanwhile.
   */
  #applied(lbId: string): number | null {
    let lowest = Number.POSITIVE_INFINITY
    for (let worker = 1; worker <= this.total; worker += 1) {
      const generation = this.#generations.get(worker)?.get(lbId)
      if (generation === undefined) return null
      lowest = Math.min(lowest, generation)
    }
    return lowest
  }
}
