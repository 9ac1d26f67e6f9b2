import type { Failover } from '#lib/core/failover.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { HostOrder, HostReport, LostLb } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import { Signal } from '../../store/signal.ts'
import type { Fleet } from '../observed/fleet.ts'
import { isJoined, type NodeRegistry } from '../registry/node-registry.ts'
import type { CarriersReport, HostLinks } from './host-links.ts'

/** Orders that wait for a host to read them. A host that is further behind is disconnected. */
const QUEUE_MAX = 1000

/** The open stream of a host. */
type Link = { orders: HostOrder[]; wake: Signal; ended: AbortController }
type Listener = (nodeId: string, report: HostReport | null) => void

type Dependencies = {
  registry: NodeRegistry
  fleet: Fleet
  /** Whether a node is to have a load balancer. */
  isOn: (node: RegisteredNode, lbId: string) => boolean
  /** Records failovers that nobody requested. Resolves when they are recorded. */
  recordFailovers: (failovers: Failover[]) => Promise<void>
  /** Completes them with what their former owners report. */
  completeFailovers: (losses: LostLb[]) => Promise<void>
  sendToSupervisor: (message: ControlPlaneToSupervisor) => void
}

/** The links to hosts: a stream of orders for each host that joined, and the supervisor's IPC channel for this machine. */
export class HostConnections implements HostLinks {
  readonly #dependencies: Dependencies
  /** Of joined hosts, by node. */
  readonly #links = new Map<string, Link>()
  readonly #carriers = new Map<string, CarriersReport>()
  readonly #listeners = new Set<Listener>()

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies
  }

  isConnected(nodeId: string): boolean {
    return this.#links.has(nodeId) || this.#isLocal(nodeId)
  }

  send(nodeId: string, order: HostOrder): void {
    const link = this.#links.get(nodeId)
    if (link) {
      link.orders.push(order)
      link.wake.notify()
      if (link.orders.length > QUEUE_MAX) link.ended.abort()
      return
    }
    const { registry, sendToSupervisor } = this.#dependencies
    const node = registry.find(nodeId)
    if (node && !isJoined(node)) {
      sendToSupervisor({ type: 'host_order', node: node.name, order })
    }
  }

  /** Sends an order to all joined hosts that are connected. */
  sendToJoined(order: HostOrder): void {
    for (const nodeId of [...this.#links.keys()]) this.send(nodeId, order)
  }

  carriersOf(nodeId: string): CarriersReport | null {
    return this.isConnected(nodeId) ? (this.#carriers.get(nodeId) ?? null) : null
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A joined host has opened its stream, which ends an earlier one. Call `disconnect` when it ends. */
  connect(nodeId: string): {
    orders: (closed: AbortSignal) => AsyncGenerator<HostOrder>
    disconnect: () => void
  } {
    const former = this.#links.get(nodeId)
    if (former) this.#end(nodeId, former)
    const link: Link = { orders: [], wake: new Signal(), ended: new AbortController() }
    this.#links.set(nodeId, link)
    this.#dependencies.fleet.nodeChanges.notify()
    return {
      orders: (closed) => ordersOf(link, AbortSignal.any([closed, link.ended.signal])),
      disconnect: () => {
        // A host may connect again before the end of its old stream is noticed.
        if (this.#links.get(nodeId) === link) this.#end(nodeId, link)
      },
    }
  }

  #end(nodeId: string, link: Link): void {
    link.ended.abort()
    this.#links.delete(nodeId)
    this.#carriers.delete(nodeId)
    this.#dependencies.fleet.setHung([], nodeId)
    this.#notify(nodeId, null)
  }

  /** A host has reported. What it says of nodes and load balancers of others is ignored. Resolves when it is recorded. */
  async receive(node: RegisteredNode, report: HostReport): Promise<void> {
    const { fleet, isOn, recordFailovers, completeFailovers } = this.#dependencies
    if (report.type === 'failed_over') {
      await recordFailovers(report.failovers.filter(({ lb_id }) => isOn(node, lb_id)))
    }
    if (report.type === 'lost') {
      await completeFailovers(
        report.lbs.filter(({ lb_id, from }) => isOn(node, lb_id) && from === node.cluster),
      )
    }
    // A report that was on its way when the link ended says nothing of the next one, on which the host repeats its state.
    if (!this.isConnected(node.id)) return
    if (report.type === 'carriers') {
      this.#carriers.set(node.id, report)
      fleet.nodeChanges.notify()
    }
    if (report.type === 'hung') {
      const own = report.nodes.filter((one) => one.node === node.name)
      fleet.setHung(own, node.id)
    }
    this.#notify(node.id, report)
  }

  /** The supervisor of this machine has reported of one of its nodes. */
  async receiveLocal(name: NodeName, report: HostReport): Promise<void> {
    const node = this.#dependencies.registry.find(name)
    if (node && !isJoined(node)) await this.receive(node, report)
  }

  #isLocal(nodeId: string): boolean {
    const node = this.#dependencies.registry.find(nodeId)
    return node !== null && !isJoined(node)
  }

  #notify(nodeId: string, report: HostReport | null): void {
    forEachContained('report', this.#listeners, (listener) => listener(nodeId, report))
  }
}

/** The orders for a host, with a ping at once and whenever nothing else was sent for a while. */
async function* ordersOf(link: Link, ended: AbortSignal): AsyncGenerator<HostOrder> {
  yield { type: 'ping' }
  while (!ended.aborted) {
    const { count } = link.wake
    const orders = link.orders.splice(0)
    yield* orders
    if (orders.length > 0) continue
    await link.wake.after(count, PING_INTERVAL_MS, ended)
    if (link.orders.length === 0 && !ended.aborted) yield { type: 'ping' }
  }
}
