import { CLUSTERS, type Region } from '#lib/core/locality.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { FaultReport, LbReport, NodeReport } from '#lib/protocol/report.ts'
import { type Known, type NodeName, nodeName, nodePlace } from '#lib/protocol/stream.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { type DivergedConfig, Divergences } from '../divergence/divergences.ts'
import { hasMoved } from './has-changed.ts'
import { type NodeView, serves } from './instance-state.ts'
import { type Seen, WorkerReports } from './node-reports.ts'

/** What the fleet remembers of a load balancer, whichever node it came from. Times are of `performance.now()`. */
export type Memory = {
  /** When a node was last known to serve it; null for not yet. */
  servedAt: number | null
  /** Whether both its nodes have had it at the same time, and one served it. */
  settled: boolean
}

/** A generation whose planning failed, and why. */
export type PlanFailure = { generation: number; reason: string }

/** Called where a node reports on a load balancer. `moved`: its state is another, not its figures alone. */
export type FleetListener = (lbId: string, moved: boolean) => void

/** A node, and how many load balancers it has and accepts the traffic of. */
export type NodeSummary = {
  node: NodeName
  workers: { connected: number; total: number }
  lbs: number
  activeLbs: number
  /** Generations in quarantine, and the one that it serves instead. */
  quarantined: (QuarantinedLb & { serving: number | null })[]
  hung: HungNode | null
  /** Of its connected processes, since they started. */
  faults: FaultReport[]
}

/** A node of one process that has nothing. */
const ALONE: Known = { known: {}, workers: 1 }
const NOTHING_YET: Memory = { servedAt: null, settled: false }

/**
 * The latest report of every node, in memory: nodes say everything again when they connect. A node that is not
 * connected is not believed any more. Where it is several worker processes, each connects and reports for itself.
 */
export class Fleet {
  /** Of `performance.now()`, as all times here: setting the system clock does not change ages. */
  readonly startedAt: number
  readonly divergences = new Divergences()
  /** The open streams of each node, by worker. */
  readonly #streams = new Map<NodeName, Map<number, symbol>>()
  readonly #workers = new Map<NodeName, WorkerReports>()
  readonly #seen = new Map<NodeName, Map<string, Seen>>()
  readonly #memory = new Map<string, Memory>()
  /** Nodes that hang and are not killed yet, as reported by the supervisor. */
  readonly #hung = new Map<NodeName, HungNode>()
  readonly #created = new Map<string, number>()
  readonly #planFailures = new Map<string, PlanFailure>()
  readonly #listeners = new Set<FleetListener>()

  constructor(startedAt = performance.now()) {
    this.startedAt = startedAt
  }

  /** A node has opened its stream. Call what is returned when it ends. */
  connect(node: NodeName, worker = 1, { known, workers }: Known = ALONE): () => void {
    this.#workersOf(node).join(worker, workers, known)
    const stream = Symbol(node)
    const streams = this.#streams.get(node) ?? new Map<number, symbol>()
    this.#streams.set(node, streams.set(worker, stream))
    return () => {
      // A restarted node may have connected before the end of its old stream was noticed.
      if (streams.get(worker) !== stream) return
      streams.delete(worker)
      for (const lbId of this.#workersOf(node).leave(worker)) this.#update(node, lbId)
    }
  }

  receive(node: NodeName, { lbs, quarantined, faults }: NodeReport, worker = 1): void {
    const workers = this.#workersOf(node)
    if (faults) workers.faults.set(worker, faults)
    forEachContained('report', lbs, (report) => {
      workers.put(worker, report)
      this.#update(node, report.lb_id)
    })
    if (!quarantined) return
    for (const lbId of workers.quarantine(worker, quarantined)) {
      this.#update(node, lbId)
      this.#tell(lbId, true)
    }
  }

  /** Replaces the nodes that hang and are not killed yet. */
  setHung(nodes: readonly HungNode[]): void {
    const before = [...this.#hung.keys()]
    this.#hung.clear()
    for (const one of nodes) this.#hung.set(one.node, one)
    for (const node of new Set([...before, ...this.#hung.keys()])) {
      for (const lbId of this.#seen.get(node)?.keys() ?? []) this.#tell(lbId, true)
    }
  }

  /** Calls `listener` after every report, until the returned function is called. */
  subscribe(listener: FleetListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What one of a node's processes has, and the database never had. */
  replaceDivergences(
    from: { node: NodeName; worker: number; workers: number },
    configs: Map<string, DivergedConfig>,
  ): void {
    for (const lbId of this.divergences.replace(from, configs)) this.#tell(lbId, true)
  }

  /** What was held is decided on. */
  release(lbIds: string[]): void {
    this.divergences.release(lbIds)
    for (const lbId of lbIds) this.#tell(lbId, true)
  }

  /** The outcome of planning a load balancer. */
  planned(lbId: string, failure: PlanFailure | null): void {
    const before = this.#planFailures.get(lbId)
    if (failure) this.#planFailures.set(lbId, failure)
    else this.#planFailures.delete(lbId)
    if (before?.generation !== failure?.generation) this.#tell(lbId, true)
  }

  planFailure(lbId: string): PlanFailure | null {
    return this.#planFailures.get(lbId) ?? null
  }

  /** Something beside what nodes report has come up of a load balancer. */
  touch(lbId: string): void {
    this.#tell(lbId, true)
  }

  /** A load balancer is created or restored now. */
  created(lbId: string): void {
    this.#created.set(lbId, performance.now())
  }

  /** When a load balancer was created; -Infinity if that was before this control plane started. */
  createdAt(lbId: string): number {
    return this.#created.get(lbId) ?? Number.NEGATIVE_INFINITY
  }

  /** A load balancer is gone. */
  forget(lbId: string): void {
    this.#created.delete(lbId)
    this.#memory.delete(lbId)
    this.#planFailures.delete(lbId)
    for (const workers of this.#workers.values()) workers.forget(lbId)
    for (const seen of this.#seen.values()) seen.delete(lbId)
  }

  /** A load balancer on both nodes of its region. */
  nodes(region: Region, lbId: string): NodeView[] {
    return CLUSTERS.map((cluster) => {
      const name = nodeName(region, cluster)
      const { applied = null, report = null } = this.#seen.get(name)?.get(lbId) ?? {}
      const connected = this.#streams.get(name)?.size ?? 0
      const workers = { connected, total: this.#workers.get(name)?.total ?? 1 }
      const quarantine = this.#workers.get(name)?.quarantineOf(lbId) ?? null
      const hung = this.#hung.get(name) ?? null
      return { cluster, connected: connected > 0, workers, applied, report, quarantine, hung }
    })
  }

  /** What every process says of every load balancer. Sums over processes go down where one of them begins anew. */
  *reports(): Generator<{ node: NodeName; worker: number; report: LbReport }> {
    for (const [node, workers] of this.#workers) {
      for (const [worker, report] of workers.all()) yield { node, worker, report }
    }
  }

  /** The faults of each process since it started. */
  *faults(): Generator<{ node: NodeName; worker: number; faults: FaultReport[] }> {
    for (const [node, { faults: byWorker }] of this.#workers) {
      for (const [worker, faults] of byWorker) yield { node, worker, faults }
    }
  }

  /** How many processes of each node are connected; 0 for a node that was. */
  processCounts(): [NodeName, number][] {
    return [...this.#streams].map(([node, streams]) => [node, streams.size])
  }

  /**
   * The nodes that have connected since the start, and what they carry of the load balancers that there are: a node's last
   * word on one may come after it was deleted.
   */
  summaries(lbIds: ReadonlySet<string>): NodeSummary[] {
    return [...this.#streams].map(([node, { size: connected }]) => {
      const all = [...(this.#seen.get(node) ?? [])]
      const seen = all.flatMap(([lbId, one]) => (lbIds.has(lbId) ? [one] : []))
      const workers = this.#workers.get(node)
      const quarantined = (workers?.quarantinedLbs() ?? [])
        .filter((lbId) => lbIds.has(lbId))
        .flatMap((lbId) => workers?.quarantineOf(lbId) ?? [])
        .map((one) => ({
          ...one,
          serving: this.#seen.get(node)?.get(one.lb_id)?.report.generation ?? null,
        }))
      return {
        node,
        workers: { connected, total: this.#workers.get(node)?.total ?? 1 },
        lbs: seen.length,
        activeLbs: seen.filter(({ report }) => report.active).length,
        quarantined,
        hung: this.#hung.get(node) ?? null,
        faults: [...(this.#workers.get(node)?.faults.values() ?? [])].flat(),
      }
    })
  }

  memory(lbId: string): Memory {
    return this.#memory.get(lbId) ?? NOTHING_YET
  }

  #workersOf(node: NodeName): WorkerReports {
    const workers = this.#workers.get(node) ?? new WorkerReports()
    this.#workers.set(node, workers)
    return workers
  }

  /** A worker has said something new of a load balancer, or is gone. */
  #update(node: NodeName, lbId: string): void {
    const all = this.#seen.get(node) ?? new Map<string, Seen>()
    this.#seen.set(node, all)
    const previous = all.get(lbId)
    const seen = this.#workersOf(node).of(lbId)
    if (previous) this.#noteServing(previous.report)
    if (seen) {
      all.set(lbId, seen)
      this.#noteServing(seen.report)
      this.#noteSettled(node, lbId)
    } else {
      all.delete(lbId)
    }
    this.#tell(lbId, seen === null || hasMoved(previous, seen))
  }

  #tell(lbId: string, moved: boolean): void {
    forEachContained('report', this.#listeners, (listener) => listener(lbId, moved))
  }

  #noteServing(report: LbReport): void {
    if (!serves(report)) return
    this.#memory.set(report.lb_id, { ...this.memory(report.lb_id), servedAt: performance.now() })
  }

  /** Once both nodes have it and one of them serves it, it has been ready. */
  #noteSettled(node: NodeName, lbId: string): void {
    const nodes = this.nodes(nodePlace(node).region, lbId)
    if (!nodes.every(({ report }) => report)) return
    if (!nodes.some(({ report }) => report && serves(report))) return
    this.#memory.set(lbId, { ...this.memory(lbId), settled: true })
  }
}
