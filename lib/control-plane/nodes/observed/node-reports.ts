import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { FaultReport, LbReport } from '#lib/protocol/report.ts'
import type { FollowRequest } from '#lib/protocol/stream.ts'
import { mergeReports } from './merge-reports.ts'

/** What a node reports of one load balancer. */
export type InstanceReport = {
  /** The newest generation that all of the node's workers have applied; null before the first. */
  applied: number | null
  /** How many of its workers report the load balancer. */
  reporting: number
  /** The reports of its workers, merged. */
  report: LbReport
}

/** The latest reports of one node's workers. */
export class NodeReports {
  /** How many workers the node has. */
  workers = 1
  /** The faults of each connected worker since it started. */
  readonly faults = new Map<number, FaultReport[]>()
  readonly #reports = new Map<number, Map<string, LbReport>>()
  /** The generations that each worker had when it connected or last reported. Kept while a worker is disconnected. */
  readonly #generations = new Map<number, Map<string, number>>()
  /** The generations in quarantine on each worker. Kept while a worker is disconnected. */
  readonly #quarantined = new Map<number, readonly QuarantinedLb[]>()

  workerConnected(worker: number, { known, workers }: FollowRequest): void {
    this.workers = workers
    const generations = Object.entries(known).map(
      ([id, { generation }]) => [id, generation] as const,
    )
    this.#generations.set(worker, new Map(generations))
    for (const other of this.#quarantined.keys()) {
      if (other > workers) this.#quarantined.delete(other)
    }
  }

  /** Drops the reports of a worker. @returns the load balancers that it had reported */
  workerDisconnected(worker: number): string[] {
    const reports = this.#reports.get(worker)
    this.#reports.delete(worker)
    this.faults.delete(worker)
    return [...(reports?.keys() ?? [])]
  }

  receive(worker: number, report: LbReport): void {
    const reports = this.#reports.get(worker) ?? new Map<string, LbReport>()
    this.#reports.set(worker, reports.set(report.lb_id, report))
    const generations = this.#generations.get(worker) ?? new Map<string, number>()
    this.#generations.set(worker, generations.set(report.lb_id, report.generation))
  }

  /** Replaces the generations in quarantine on a worker. @returns the load balancers that this concerns */
  receiveQuarantine(worker: number, quarantined: readonly QuarantinedLb[]): string[] {
    const before = this.#quarantined.get(worker) ?? []
    this.#quarantined.set(worker, quarantined)
    for (const { lb_id, generation } of quarantined) {
      const reports = this.#reports.get(worker)
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

  /** A load balancer has moved to other nodes. */
  moved(lbId: string): void {
    for (const reports of this.#reports.values()) reports.delete(lbId)
    for (const generations of this.#generations.values()) generations.delete(lbId)
  }

  /** A load balancer is deleted. */
  forget(lbId: string): void {
    this.moved(lbId)
    for (const [worker, quarantined] of this.#quarantined) {
      const remaining = quarantined.filter(({ lb_id }) => lb_id !== lbId)
      this.#quarantined.set(worker, remaining)
    }
  }

  /** The report of each worker on each load balancer. */
  *byWorker(): Generator<[worker: number, report: LbReport]> {
    for (const [worker, reports] of this.#reports) {
      for (const report of reports.values()) yield [worker, report]
    }
  }

  /** What the node as a whole reports of a load balancer; null if no worker reports it. */
  merged(lbId: string): InstanceReport | null {
    const [first, ...more] = [...this.#reports.values()].flatMap(
      (reports) => reports.get(lbId) ?? [],
    )
    if (!first) return null
    return {
      applied: this.#appliedByAll(lbId),
      reporting: 1 + more.length,
      report: mergeReports([first, ...more]),
    }
  }

  /**
   * A disconnected worker counts with the generation that it had. It returns with that one or a newer one, so its restart
   * changes nothing; until then, nothing newer counts as applied.
   */
  #appliedByAll(lbId: string): number | null {
    let lowest = Number.POSITIVE_INFINITY
    for (let worker = 1; worker <= this.workers; worker += 1) {
      const generation = this.#generations.get(worker)?.get(lbId)
      if (generation === undefined) return null
      lowest = Math.min(lowest, generation)
    }
    return lowest
  }
}
