import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import type { Pair } from '#lib/protocol/pair.ts'
import type { Authority } from '../../authority/authority.ts'
import type { NodeRegistry } from '../registry/node-registry.ts'
import type { HostLinks } from './host-links.ts'

/** How long a host may take to carry an order out. Milliseconds. */
const ANSWER_TIMEOUT_MS = 5000

type HandOver = Omit<Extract<HostOrder, { type: 'hand_over' }>, 'type' | 'id'>

/** The answer to an order; `problem` is a sentence for the person who ordered it. */
export type HostAnswer = { failovers: Failover[]; problem: string | null }

/** A carrier, and the number of its pair. */
type CarrierOfPair = { pair: number; carrier: Cluster }

type Pending = { nodeId: string; settle: (answer: HostAnswer) => void }

/**
 * Orders to hosts, and their answers. What hosts change is ordered with an authority, which is checked right before the order is sent:
 * a process that hung for a while may not be the leader any more, or not hold the lock of the pair.
 */
export class HostOrders {
  readonly #hosts: HostLinks
  readonly #registry: NodeRegistry
  readonly #timeoutMs: number
  readonly #pending = new Map<string, Pending>()
  readonly close: () => void

  constructor(hosts: HostLinks, registry: NodeRegistry, timeoutMs = ANSWER_TIMEOUT_MS) {
    this.#hosts = hosts
    this.#registry = registry
    this.#timeoutMs = timeoutMs
    this.close = hosts.subscribe((nodeId, report) => this.#receive(nodeId, report))
  }

  /** Resolves when the host has carried the order out, or with the problem why it may not have. @throws TermEnded, OrderRefused */
  handOver(nodeId: string, order: HandOver, authority: Authority): Promise<HostAnswer> {
    return this.#order(nodeId, (id) => ({ type: 'hand_over', id, ...order }), authority)
  }

  /** Has a host give up a carrier that no HA IP is on. @throws TermEnded, OrderRefused */
  yieldCarrier(nodeId: string, carrier: CarrierOfPair, authority: Authority): Promise<HostAnswer> {
    return this.#order(nodeId, (id) => ({ type: 'yield_carrier', id, ...carrier }), authority)
  }

  /** Has a host announce the HA IPs on a carrier that another host owns too. @throws TermEnded, OrderRefused */
  reclaimCarrier(
    nodeId: string,
    carrier: CarrierOfPair,
    authority: Authority,
  ): Promise<HostAnswer> {
    return this.#order(nodeId, (id) => ({ type: 'reclaim_carrier', id, ...carrier }), authority)
  }

  /** Has a host own nothing on a carrier for a time in milliseconds. @throws TermEnded, OrderRefused */
  standDown(
    nodeId: string,
    { forMs, ...carrier }: CarrierOfPair & { forMs: number },
    authority: Authority,
  ): void {
    this.#send(nodeId, { type: 'stand_down', ...carrier, for_ms: forMs }, authority)
  }

  /** Tells a host the pairs that it is in. @throws TermEnded, OrderRefused */
  sendPairs(nodeId: string, pairs: Pair[], authority: Authority): void {
    this.#send(nodeId, { type: 'pairs', pairs }, authority)
  }

  /** Asks a host to report its carriers. It changes nothing. */
  ping(nodeId: string): void {
    this.#hosts.send(nodeId, { type: 'ping' })
  }

  /** A node and its host, for people. */
  nameOf(nodeId: string): string {
    const node = this.#registry.find(nodeId)
    return node ? `${node.name} (host ${node.host})` : 'a node that was removed'
  }

  #send(nodeId: string, order: HostOrder, authority: Authority): void {
    authority.requireCertain()
    this.#hosts.send(nodeId, order)
  }

  async #order(
    nodeId: string,
    orderWith: (id: string) => HostOrder,
    authority: Authority,
  ): Promise<HostAnswer> {
    const name = this.nameOf(nodeId)
    if (!this.#hosts.isConnected(nodeId)) return failed(`${name} is not connected.`)
    const id = randomUUID()
    const { promise, resolve } = Promise.withResolvers<HostAnswer>()
    this.#pending.set(id, { nodeId, settle: resolve })
    const timeOut = () => resolve(failed(`${name} does not answer.`))
    const timer = setTimeout(contain('takeover', timeOut, timeOut), this.#timeoutMs)
    try {
      this.#send(nodeId, orderWith(id), authority)
      return await promise
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  #receive(nodeId: string, report: HostReport | null): void {
    if (report === null) {
      const lost = failed(`${this.nameOf(nodeId)} was disconnected.`)
      for (const one of this.#pending.values()) if (one.nodeId === nodeId) one.settle(lost)
    } else if (report.type === 'handed_over') {
      const { failovers, problem } = report
      this.#settle(nodeId, report.id, { failovers, problem })
    } else if (report.type === 'carrier_yielded' || report.type === 'carrier_reclaimed') {
      this.#settle(nodeId, report.id, { failovers: [], problem: report.problem })
    }
  }

  #settle(nodeId: string, id: string, answer: HostAnswer): void {
    const pending = this.#pending.get(id)
    if (pending?.nodeId === nodeId) pending.settle(answer)
  }
}

function failed(problem: string): HostAnswer {
  return { failovers: [], problem }
}
