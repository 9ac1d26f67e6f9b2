import type { Logger } from 'pino'
import type { Failover } from '#lib/core/failover.ts'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { NO_PEER } from '#lib/protocol/host-link.ts'
import type { Pair } from '#lib/protocol/pair.ts'
import type { Authority } from '../authority/authority.ts'
import type { PairSwitchovers } from '../failovers/pair-switchovers.ts'
import { unlessTermEnded } from '../leadership/term-ended.ts'
import { OrderRefused } from '../locks/held-lock.ts'
import type { CarriersReport, HostReports } from '../nodes/hosts/host-links.ts'
import type { HostOrders } from '../nodes/hosts/host-orders.ts'
import { isJoined, type NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners, isElected, otherCluster } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import { isUndelivered, type Placements } from './placements.ts'

/** When what has failed is tried again. Milliseconds. */
const RETRY_MS = 5000
/** How often hand-overs are looked for that another control plane has not completed. Milliseconds. */
const LOOK_EVERY_MS = 500
/** Load balancers in one order. */
const ORDER_MAX = 1000

type Parts = {
  placements: Placements
  registry: NodeRegistry
  hosts: HostReports
  orders: HostOrders
  switchovers: PairSwitchovers
  /** Records switchovers that were begun before, by whoever it was. */
  record: (failovers: Failover[]) => Promise<void>
  /** That of the leader. */
  authority: Authority
  log: Logger
}

/**
 * Tells hosts that connect which pairs they are in, and the carriage of each of their load balancers, because it may have changed while
 * they were away. Hand-overs that were begun are completed.
 */
export class HostSync {
  readonly #parts: Parts
  readonly #connected = new Set<string>()
  /** The pairs that connected hosts were sent, as JSON. */
  readonly #sentPairs = new Map<string, string>()
  /** What connected hosts have last reported of their carriers, as JSON. */
  readonly #carriers = new Map<string, string>()
  /** The load balancers whose hand-over was open at the last look, with their epochs. */
  #open: ReadonlyMap<string, number> = new Map()
  /** The pairs that are being tended. */
  readonly #tending = new Map<string, 'once' | 'again'>()
  readonly stop: () => void

  constructor(parts: Parts) {
    this.#parts = parts
    const unsubscribe = parts.hosts.subscribe((nodeId, report) => {
      if (report === null) this.#forget(nodeId)
      else this.#heard(nodeId)
      if (report?.type === 'carriers') this.#tendPairsOf(nodeId, report)
    })
    const retry = contain('takeover', () => {
      detach('takeover', () => this.nodesChanged().catch(unlessTermEnded))
      for (const pair of parts.placements.pairs.all()) this.#tendSoon(pair)
    })
    const look = contain('takeover', () => this.#tendOpen())
    const timers = [setInterval(retry, RETRY_MS), setInterval(look, LOOK_EVERY_MS)]
    this.stop = () => {
      unsubscribe()
      for (const timer of timers) clearInterval(timer)
    }
    for (const { id } of parts.registry.all()) if (parts.hosts.isConnected(id)) this.#heard(id)
    // The former leader may have ended or hung in the middle of them.
    for (const pair of this.#openPairs()) this.#tendSoon(pair)
  }

  /** Nodes were added or removed. */
  async nodesChanged(): Promise<void> {
    await this.#parts.placements.pairs.ensure(this.#parts.authority)
    for (const nodeId of this.#connected) {
      // Also if a host has another address.
      if (this.#sentPairs.get(nodeId) !== JSON.stringify(this.#pairsOf(nodeId)))
        this.#sendPairs(nodeId)
    }
  }

  #forget(nodeId: string): void {
    this.#connected.delete(nodeId)
    this.#sentPairs.delete(nodeId)
    this.#carriers.delete(nodeId)
  }

  #heard(nodeId: string): void {
    if (this.#connected.has(nodeId)) return
    this.#connected.add(nodeId)
    const tell = async () => {
      await this.nodesChanged()
      await this.#sendLabels(nodeId)
    }
    detach('takeover', () => tell().catch(unlessTermEnded))
  }

  #sendPairs(nodeId: string): void {
    const { orders, authority } = this.#parts
    const pairs = this.#pairsOf(nodeId)
    orders.sendPairs(nodeId, pairs, authority)
    this.#sentPairs.set(nodeId, JSON.stringify(pairs))
  }

  #pairsOf(nodeId: string): Pair[] {
    const { pairs } = this.#parts.placements
    return pairs.ofNode(nodeId).map((pair) => pairs.describe(pair))
  }

  async #sendLabels(nodeId: string): Promise<void> {
    const { placements, registry, orders, authority, log } = this.#parts
    const node = registry.find(nodeId)
    if (!node) return
    // Those of the local nodes have no label there. Hosts that had them are told that they have gone.
    const isLabelled = ({ lb_id, region, pair, handing_over }: PlacementRow) =>
      (pair !== null || isJoined(node)) &&
      handing_over === 0 &&
      region === node.region &&
      placements.isOn(node, lb_id)
    const ids = [...placements.all()].filter(isLabelled).map(({ lb_id }) => lb_id)
    for (let at = 0; at < ids.length; at += ORDER_MAX) {
      // They may have changed since the order before this one.
      const rows = ids.slice(at, at + ORDER_MAX).flatMap((id) => placements.get(id) ?? [])
      const some = rows
        .filter(isLabelled)
        .map((row) => ({ lb_id: row.lb_id, carriage: placements.carriageOf(row) }))
      const order = { side: 'relabel', peer: NO_PEER, lbs: some } as const
      const { problem } = await orders.handOver(nodeId, order, authority)
      if (problem !== null) log.warn({ problem }, 'carriers of load balancers not confirmed')
    }
  }

  /** If the carriers have changed: completes hand-overs of the node's pairs, and spreads carriers that nothing is on. */
  #tendPairsOf(nodeId: string, report: CarriersReport): void {
    // Tending asks for reports itself.
    const json = JSON.stringify(report)
    if (this.#carriers.get(nodeId) === json) return
    this.#carriers.set(nodeId, json)
    for (const pair of this.#parts.placements.pairs.ofNode(nodeId)) this.#tendSoon(pair)
  }

  /** Completes hand-overs that stay open: the control plane that began them has ended, or hangs. */
  #tendOpen(): void {
    const former = this.#open
    const pairs = this.#openPairs((row) => former.get(row.lb_id) === row.carrier_epoch)
    for (const pair of pairs) this.#tendSoon(pair)
  }

  /** The pairs with load balancers whose hand-over is open and that satisfy a condition. Notes all that are open. */
  #openPairs(isChosen: (row: PlacementRow) => boolean = () => true): Set<StoredPair> {
    const { placements } = this.#parts
    const open = new Map<string, number>()
    const pairs = new Set<StoredPair>()
    for (const row of placements.all()) {
      if (row.handing_over === 0 || isUndelivered(row)) continue
      open.set(row.lb_id, row.carrier_epoch)
      const pair = placements.pairOf(row)
      if (pair && isChosen(row)) pairs.add(pair)
    }
    this.#open = open
    return pairs
  }

  /** What is reported while a pair is tended is looked at afterwards. */
  #tendSoon(pair: StoredPair): void {
    const key = `${pair.region} ${pair.number}`
    if (this.#tending.has(key)) {
      this.#tending.set(key, 'again')
      return
    }
    this.#tending.set(key, 'once')
    const done = () => {
      const again = this.#tending.get(key) === 'again'
      this.#tending.delete(key)
      if (again) this.#tendSoon(pair)
    }
    const tend = async () => {
      await this.#tend(pair).catch((error: unknown) => this.#failed(pair, error))
      done()
    }
    detach('takeover', tend, done)
  }

  #failed({ region, number: pair }: StoredPair, error: unknown): void {
    if (error instanceof OrderRefused) {
      const { message: problem } = error
      this.#parts.log.warn({ region, pair, problem }, 'pair of hosts not tended yet; retrying')
    } else unlessTermEnded(error)
  }

  async #tend(pair: StoredPair): Promise<void> {
    const { placements, hosts, switchovers, record, authority } = this.#parts
    if (!hosts.isConnected(pair.a) && !hosts.isConnected(pair.b)) return
    const rows = placements.onPair(pair)
    if (rows.some((row) => row.handing_over === 1 && !isUndelivered(row))) {
      await record(await switchovers.settle(pair, authority))
    }
    const owners = carrierOwners(hosts, pair)
    const isAway = (carrier: Cluster) =>
      owners[carrier] === otherCluster(carrier) && rows.every((row) => row.carrier !== carrier)
    if (isElected(hosts, pair) && CLUSTERS.some(isAway))
      await switchovers.spreadCarriers(pair, authority)
  }
}
