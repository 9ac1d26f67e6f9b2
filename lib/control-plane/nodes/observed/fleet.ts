import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { FaultReport, LbReport, NodeReport, ReportPriority } from '#lib/protocol/report.ts'
import type { FollowRequest } from '#lib/protocol/stream.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { Signal } from '../../store/signal.ts'
import { type DivergedConfig, Divergences, type Worker } from '../divergence/divergences.ts'
import { isJoined, type NodeRegistry } from '../registry/node-registry.ts'
import { hasStateChanged } from './has-state-changed.ts'
import { type InstanceState, isServing } from './instance-state.ts'
import { LbLifecycles } from './lb-lifecycle.ts'
import type { InstanceReport } from './node-reports.ts'
import {
  ALL_LOCAL,
  type FleetPlacements,
  NO_NODE,
  type NodeSummary,
  type ObservedNode,
  unconnected,
} from './observed-node.ts'

/** A generation whose planning failed, and why. */
export type PlanFailure = { generation: number; reason: string }

/** `immediate`: the load balancer's state has changed. `batched`: its counters have. */
export type FleetListener = (lbId: string, priority: ReportPriority) => void

/**
 * The observed state: the latest reports of all nodes, in memory. A node reports everything again when it connects, and its
 * reports are dropped when it disconnects.
 */
export class Fleet {
  /** Of `performance.now()`, as all times here: they are right when the system clock is set. */
  readonly startedAt: number
  /** What is wrong with the hosts of a load balancer, one sentence each. Set by what knows them. */
  hostProblems: (lbId: string) => string[] = () => []
  readonly divergences = new Divergences()
  readonly lifecycles = new LbLifecycles()
  /** Notified when a node connects, disconnects or hangs, and by others when what they know of a host has changed. */
  readonly nodeChanges = new Signal()
  readonly #registry: NodeRegistry
  readonly #placements: FleetPlacements
  /** Every node that has connected since the start, by id. */
  readonly #nodes = new Map<string, ObservedNode>()
  /** Nodes that hang and are not killed yet, as each host reports them, by name. */
  readonly #hungOn = new Map<string, readonly HungNode[]>()
  #hung: ReadonlyMap<string, HungNode> = new Map()
  readonly #planFailures = new Map<string, PlanFailure>()
  readonly #listeners = new Set<FleetListener>()

  constructor(
    registry: NodeRegistry,
    placements: FleetPlacements = ALL_LOCAL,
    startedAt = performance.now(),
  ) {
    this.#registry = registry
    this.#placements = placements
    this.startedAt = startedAt
  }

  /** A worker of a node has opened its stream. @returns what to call when the stream ends */
  connect(node: RegisteredNode, worker: number, request: FollowRequest): () => void {
    const observed = this.#observed(node)
    observed.reports.workerConnected(worker, request)
    const stream = Symbol(node.name)
    observed.streams.set(worker, stream)
    this.nodeChanges.notify()
    return () => {
      // A restarted worker may connect before the end of its old stream is noticed.
      if (observed.streams.get(worker) !== stream) return
      observed.streams.delete(worker)
      for (const lbId of observed.reports.workerDisconnected(worker)) this.#update(observed, lbId)
      this.nodeChanges.notify()
    }
  }

  receive(node: RegisteredNode, worker: number, { lbs, quarantined, faults }: NodeReport): void {
    const observed = this.#observed(node)
    const { reports } = observed
    if (faults) reports.faults.set(worker, faults)
    forEachContained('report', lbs, (report) => {
      // It has moved away, and the node doesn't know yet.
      if (!this.#placements.isOn(node, report.lb_id)) return
      reports.receive(worker, report)
      this.#update(observed, report.lb_id)
    })
    if (!quarantined) return
    for (const lbId of reports.receiveQuarantine(worker, quarantined)) {
      this.#update(observed, lbId)
      this.notifyChanged(lbId)
    }
  }

  /** Replaces the nodes of one host that hang and are not killed yet. @param host default: this machine */
  setHung(hung: readonly HungNode[], host = ''): void {
    const before = this.#hung
    this.#hungOn.set(host, hung)
    if (hung.length === 0) this.#hungOn.delete(host)
    this.#hung = new Map([...this.#hungOn.values()].flat().map((one) => [one.node, one]))
    for (const { node, instances } of this.#nodes.values()) {
      if (!before.has(node.name) && !this.#hung.has(node.name)) continue
      for (const lbId of instances.keys()) this.notifyChanged(lbId)
    }
    this.nodeChanges.notify()
  }

  /** Calls `listener` after every report on a load balancer, until the returned function is called. */
  subscribe(listener: FleetListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something other than a report has changed the state of a load balancer. */
  notifyChanged(lbId: string): void {
    this.#notify(lbId, 'immediate')
  }

  /** A node was removed for good. */
  forgetNode(nodeId: string): void {
    const lbIds = this.#nodes.get(nodeId)?.instances.keys() ?? []
    this.#nodes.delete(nodeId)
    const diverged = this.divergences.forgetNode(nodeId)
    for (const lbId of new Set([...lbIds, ...diverged])) this.notifyChanged(lbId)
    this.nodeChanges.notify()
  }

  /** Replaces what has diverged on a worker. */
  replaceDivergences(worker: Worker, configs: Map<string, DivergedConfig>): void {
    for (const lbId of this.divergences.replace(worker, configs)) this.notifyChanged(lbId)
  }

  /** The operator has decided on these load balancers. */
  resolveDivergences(lbIds: string[]): void {
    this.divergences.resolve(lbIds)
    for (const lbId of lbIds) this.notifyChanged(lbId)
  }

  /** The outcome of planning a load balancer. */
  notePlanned(lbId: string, failure: PlanFailure | null): void {
    const before = this.#planFailures.get(lbId)
    if (failure) this.#planFailures.set(lbId, failure)
    else this.#planFailures.delete(lbId)
    if (before?.generation !== failure?.generation) this.notifyChanged(lbId)
  }

  planFailure(lbId: string): PlanFailure | null {
    return this.#planFailures.get(lbId) ?? null
  }

  /** A load balancer is created or restored. */
  created(lbId: string): void {
    this.lifecycles.noteCreated(lbId)
  }

  /** A load balancer is deleted. */
  forget(lbId: string): void {
    this.lifecycles.forget(lbId)
    this.#planFailures.delete(lbId)
    for (const { reports, instances } of this.#nodes.values()) {
      reports.forget(lbId)
      instances.delete(lbId)
    }
  }

  /** The placement of load balancers has changed: drops what nodes reported that have them no more, and may get them again. */
  placementChanged(lbIds: readonly string[]): void {
    for (const { node, reports, instances } of this.#nodes.values()) {
      for (const lbId of lbIds) {
        if (!instances.has(lbId) || this.#placements.isOn(node, lbId)) continue
        reports.moved(lbId)
        instances.delete(lbId)
      }
    }
  }

  /** A load balancer's instances, one in each cluster of its region. */
  instances(region: Region, lbId: string): InstanceState[] {
    return CLUSTERS.map((cluster) => this.#instanceOn(region, cluster, lbId))
  }

  /** What a node reports of a load balancer; null if it doesn't have it. */
  instanceOn(nodeId: string, lbId: string): InstanceReport | null {
    return this.#nodes.get(nodeId)?.instances.get(lbId) ?? null
  }

  /** The newest generation of a load balancer in quarantine on a node. */
  quarantineOn(nodeId: string, lbId: string): QuarantinedLb | null {
    return this.#nodes.get(nodeId)?.reports.quarantineOf(lbId) ?? null
  }

  /** The load balancers that nodes report. Some may occur twice. */
  *lbIds(): Generator<string> {
    for (const { instances } of this.#nodes.values()) yield* instances.keys()
  }

  /** The report of each worker on each load balancer. Sums over workers go down when one starts to count from zero. */
  *reports(): Generator<{ node: NodeName; worker: number; report: LbReport }> {
    for (const { node, reports } of this.#nodes.values()) {
      for (const [worker, report] of reports.byWorker()) yield { node: node.name, worker, report }
    }
  }

  /** The faults of each worker since it started. */
  *faults(): Generator<{ node: NodeName; worker: number; faults: FaultReport[] }> {
    for (const { node, reports } of this.#nodes.values()) {
      for (const [worker, faults] of reports.faults) yield { node: node.name, worker, faults }
    }
  }

  /** How many workers of each node are connected, of every node that has been since the start. */
  connectedWorkers(): [NodeName, number][] {
    return [...this.#nodes.values()].map(({ node, streams }) => [node.name, streams.size])
  }

  /**
   * Every registered node, but for revoked ones.
   * @param lbIds the load balancers that exist: a node may report one for a moment after it was deleted
   */
  summaries(lbIds: ReadonlySet<string>): NodeSummary[] {
    const nodes = this.#registry.all().filter(({ state }) => state !== 'revoked')
    return nodes.map((node) => this.#summary(node, lbIds))
  }

  #summary(node: RegisteredNode, lbIds: ReadonlySet<string>): NodeSummary {
    const { streams, reports, instances } = this.#nodes.get(node.id) ?? unconnected(node)
    const existing = [...instances].flatMap(([lbId, one]) => (lbIds.has(lbId) ? [one] : []))
    const quarantined = reports
      .quarantinedLbs()
      .filter((lbId) => lbIds.has(lbId) && this.#placements.isOn(node, lbId))
      .flatMap((lbId) => reports.quarantineOf(lbId) ?? [])
      .map((one) => ({ ...one, serving: instances.get(one.lb_id)?.report.generation ?? null }))
    return {
      node,
      workers: { connected: streams.size, total: reports.workers },
      lbs: existing.length,
      activeLbs: existing.filter(({ report }) => report.active).length,
      quarantined,
      hung: this.#hung.get(node.name) ?? null,
      faults: [...reports.faults.values()].flat(),
    }
  }

  #instanceOn(region: Region, cluster: Cluster, lbId: string): InstanceState {
    const node = this.#nodeOf(region, cluster, lbId)
    if (!node) return { cluster, ...NO_NODE }
    const { streams, reports, instances } = this.#nodes.get(node.id) ?? unconnected(node)
    const { applied = null, report = null } = instances.get(lbId) ?? {}
    return {
      cluster,
      node,
      connected: streams.size > 0,
      workers: { connected: streams.size, total: reports.workers },
      applied,
      report,
      quarantine: reports.quarantineOf(lbId),
      hung: this.#hung.get(node.name) ?? null,
    }
  }

  /** The node of a cluster that runs a load balancer's instance: that of its pair, or of the local ones the active one, else one that has it, else any. */
  #nodeOf(region: Region, cluster: Cluster, lbId: string): RegisteredNode | null {
    const paired = this.#placements.nodeOn(cluster, lbId)
    if (paired) return this.#registry.find(paired)
    const nodes = this.#registry.onCluster(region, cluster).filter((node) => !isJoined(node))
    const reportOf = ({ id }: RegisteredNode) => this.#nodes.get(id)?.instances.get(lbId)?.report
    return nodes.find((node) => reportOf(node)?.active) ?? nodes.find(reportOf) ?? nodes[0] ?? null
  }

  #observed(node: RegisteredNode): ObservedNode {
    const observed = this.#nodes.get(node.id) ?? unconnected(node)
    observed.node = node
    this.#nodes.set(node.id, observed)
    return observed
  }

  /** A worker has reported on a load balancer, or has disconnected. */
  #update({ node, reports, instances }: ObservedNode, lbId: string): void {
    const previous = instances.get(lbId)
    const current = reports.merged(lbId)
    if (previous) this.#noteServing(previous.report)
    if (current) {
      instances.set(lbId, current)
      this.#noteServing(current.report)
      this.#noteReady(node.region, lbId)
    } else {
      instances.delete(lbId)
    }
    const isChanged = current === null || hasStateChanged(previous, current)
    this.#notify(lbId, isChanged ? 'immediate' : 'batched')
  }

  #notify(lbId: string, priority: ReportPriority): void {
    forEachContained('report', this.#listeners, (listener) => listener(lbId, priority))
  }

  #noteServing(report: LbReport): void {
    if (isServing(report)) this.lifecycles.noteServing(report.lb_id)
  }

  /** A load balancer has been ready once both instances have it and one of them serves. */
  #noteReady(region: Region, lbId: string): void {
    const reports = this.instances(region, lbId).map(({ report }) => report)
    if (reports.every((report) => report !== null) && reports.some(isServing)) {
      this.lifecycles.noteReady(lbId)
    }
  }
}
