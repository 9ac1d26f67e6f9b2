import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { Pair } from '#lib/protocol/pair.ts'
import type { Activation } from '#lib/protocol/supervision.ts'
import type {
  AddressOwnership,
  Claim,
  NodeWorker,
  OwnershipLoss,
  Shard,
  SwitchoverResult,
} from './address-ownership.ts'
import { AloneHandOvers, isAloneOn } from './alone-hand-overs.ts'
import { type CarriedLb, CarriedLbs } from './carried-lbs.ts'
import type { CarrierLabels } from './carrier-labels.ts'
import { Carriers, type CarriersReport } from './carriers.ts'
import { type HandedOver, type HandOverOrder, HandOvers } from './hand-overs.ts'
import type { CarrierEvent, CarrierId, HostNetwork } from './host-network.ts'
import { NodeOrders } from './node-orders.ts'
import { OwnershipLosses } from './ownership-losses.ts'

/** Adverts are 40 ms apart. After three missing ones the host is lost; a shorter silence follows an advert of priority 0. Milliseconds. */
const LOST_AFTER_MS = 3 * 40

const ORDERED_ELSEWHERE =
  'A load balancer on several hosts is switched over by the control plane, not by one of its hosts.'

type Options = {
  /** Ownership among the nodes of this host. It has the sockets, and decides alone for addresses that only this host has. */
  local: AddressOwnership
  network: HostNetwork
  labels: CarrierLabels
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/**
 * Address ownership among hosts. keepalived decides by VRRP which host owns the carriers of a pair, and with them the HA IPs on
 * them; a fence drops what arrives at the other host. This class follows that, and tells the nodes of this host which load
 * balancers they are active for. The others listen as well, so a takeover waits for no process.
 */
export class VrrpOwnership implements AddressOwnership {
  onTakeover: (takeover: Failover) => void = () => {}
  /** Called with what another host takes over from this one, for reasons that only this host knows. */
  onLost: (lbs: LostLb[]) => void = () => {}
  /** Called when `carriers` returns another report. */
  onCarriers: () => void = () => {}
  readonly #local: AddressOwnership
  readonly #network: HostNetwork
  readonly #labels: CarrierLabels
  readonly #now: () => number
  readonly #lbs: CarriedLbs
  readonly #carriers: Carriers
  readonly #orders: NodeOrders
  readonly #handOvers: HandOvers
  readonly #alone: AloneHandOvers
  readonly #losses: OwnershipLosses
  readonly #ready = new Set<NodeWorker>()

  constructor({ local, network, labels, now = () => performance.now() }: Options) {
    this.#local = local
    this.#network = network
    this.#labels = labels
    this.#now = now
    this.#losses = new OwnershipLosses(now)
    this.#lbs = new CarriedLbs(network)
    this.#orders = new NodeOrders(this.#lbs)
    this.#carriers = new Carriers(network, () => this.onCarriers())
    this.#alone = new AloneHandOvers({ local, lbs: this.#lbs, network, labels, now })
    const parts = { lbs: this.#lbs, carriers: this.#carriers, orders: this.#orders }
    this.#handOvers = new HandOvers({ ...parts, network, labels, now })
    network.onCarrier = (event) => this.#onCarrier(event)
    local.onTakeover = (takeover) => {
      // The other host takes carried addresses over.
      if (!this.#lbs.get(takeover.lb_id)) this.onTakeover(takeover)
    }
  }

  claim(worker: NodeWorker, claim: Claim): void {
    const { lb_id, address, carriage } = claim
    const newest = carriage ? this.#labels.newest(lb_id, carriage) : null
    if (!newest || isAloneOn(worker.node, newest)) {
      this.#forget(lb_id)
      this.#lbs.setAlone(lb_id, address)
      this.#local.claim(this.#orders.filtered(worker), claim)
      return
    }
    const formerPair = this.#lbs.get(lb_id)?.carriage.pair.number
    const lb = this.#lbs.set(lb_id, { address, carriage: newest })
    // It was active for an address that this host had alone.
    const isActive = !lb.workers.has(worker) && this.#local.ownerOf(lb_id) === worker.node
    lb.workers.add(worker)
    this.#carriers.start(newest.pair, worker.node)
    if (formerPair !== undefined) this.#stopUnused(formerPair)
    this.#updateHealth()
    const isOwner = this.#carriers.owns(newest)
    if (isOwner !== (lb.owned !== null)) {
      lb.owned = isOwner ? { since: new Date().toISOString() } : null
      lb.takeover = null
      this.#orders.send([lb])
    } else if (isActive) this.#orders.send([lb])
    // On this host its node is the only one, so it waits for no other.
    this.#local.claim(this.#orders.filtered(worker), { ...claim, master: worker.cluster })
  }

  release(worker: NodeWorker, lbId: string): void {
    const lb = this.#lbs.get(lbId)
    lb?.workers.delete(worker)
    if (!lb || lb.workers.size === 0) {
      this.#labels.forget(lbId)
      this.#forget(lbId)
    }
    this.#local.release(this.#orders.filtered(worker), lbId)
  }

  ready(worker: NodeWorker): void {
    this.#ready.add(worker)
    this.#losses.nodeReady()
    this.#updateHealth()
    this.#local.ready(this.#orders.filtered(worker))
  }

  accepting(worker: NodeWorker, lbId: string): void {
    const lb = this.#lbs.get(lbId)
    if (!lb) {
      this.#local.accepting(this.#orders.filtered(worker), lbId)
      this.#alone.accepting(worker, lbId)
    }
    if (!lb?.takeover || !lb.owned || !lb.workers.has(worker)) return
    const { id, reason, isReturn, at, onEnd } = lb.takeover
    lb.takeover = null
    const to = worker.cluster
    const other = to === 'a' ? 'b' : 'a'
    const from = isReturn ? to : other
    const gap_ms = this.#now() - at
    const failover: Failover = { id, lb_id: lbId, at: lb.owned.since, from, to, reason, gap_ms }
    if (onEnd) onEnd(failover)
    else this.onTakeover(failover)
  }

  stoppedAccepting(worker: NodeWorker, lbId: string): void {
    this.#local.stoppedAccepting(this.#orders.filtered(worker), lbId)
  }

  /** The addresses stay on this host, because the node is restarted. The other host takes over. */
  ended(worker: NodeWorker, loss?: OwnershipLoss): void {
    if (this.#ready.delete(worker)) this.#losses.nodeEnded(loss)
    this.#updateHealth()
    this.#local.ended(this.#orders.filtered(worker), loss)
    for (const { workers } of this.#lbs.all()) workers.delete(worker)
    this.#orders.forget(worker)
  }

  beginAdoption(): void {
    this.#local.beginAdoption()
  }

  adoptSocket(worker: NodeWorker, lbId: string, shard: Shard, socket: BoundSocket): void {
    this.#local.adoptSocket(this.#orders.filtered(worker), lbId, shard, socket)
  }

  adoptOwner(worker: NodeWorker, activation: Activation): void {
    const lb = this.#lbs.get(activation.lb_id)
    if (lb) lb.owned = { since: activation.since, failoverId: activation.failover_id }
    else this.#local.adoptOwner(this.#orders.filtered(worker), activation)
  }

  endAdoption(): void {
    for (const { workers } of this.#lbs.all()) for (const worker of workers) this.#ready.add(worker)
    this.#local.endAdoption()
    this.#updateHealth()
  }

  async switchOver(lbId: string, to?: Cluster): Promise<SwitchoverResult> {
    if (this.#lbs.get(lbId)) return { lbId, problem: ORDERED_ELSEWHERE }
    return this.#local.switchOver(lbId, to)
  }

  drain(node: NodeName): Promise<SwitchoverResult[]> {
    return this.#local.drain(node)
  }

  rebalance(region: Region): Promise<SwitchoverResult[]> {
    return this.#local.rebalance(region)
  }

  ownerOf(lbId: string): NodeName | null {
    const lb = this.#lbs.get(lbId)
    if (!lb) return this.#local.ownerOf(lbId)
    const [worker] = lb.workers
    return lb.owned && worker ? worker.node : null
  }

  recover(): void {
    this.#local.recover()
    this.#orders.send([...this.#lbs.all()])
  }

  close(): void {
    this.#local.close()
  }

  /** @param node whose pairs; all nodes of this host by default */
  carriers(node?: NodeName): CarriersReport {
    return this.#carriers.report(node)
  }

  /** The pairs of a node of this host. They run whether or not load balancers are on them. */
  setPairs(node: NodeName, pairs: readonly Pair[]): void {
    for (const number of this.#carriers.announce(node, pairs)) this.#stopUnused(number)
    this.#updateHealth()
  }

  /** Carries out this host's part of a switchover. Never rejects. @param node of this host, that the order is for */
  handOver(order: HandOverOrder, node?: NodeName): Promise<HandedOver> {
    const isAlone = order.lbs.some(({ carriage }) => isAloneOn(node, carriage))
    return isAlone ? this.#alone.carryOut(order) : this.#handOvers.carryOut(order)
  }

  yieldCarrier(carrier: CarrierId): Promise<void> {
    return this.#network.yieldCarrier(carrier)
  }

  reclaimCarrier(carrier: CarrierId): Promise<void> {
    return this.#network.reclaimCarrier(carrier)
  }

  standDown(carrier: CarrierId, forMs: number): void {
    this.#network.standDown(carrier, forMs)
  }

  #onCarrier(event: CarrierEvent): void {
    const change = this.#carriers.note(event)
    if (!change) return
    const lbs = this.#lbs.onCarrier(event.pair, event.carrier)
    if (change === 'gained') {
      this.#takeOver(lbs, event.silenceMs)
      return
    }
    const owned = lbs.filter(({ owned }) => owned !== null)
    const from = this.#carriers.ownCluster(event.pair)
    const lost = from ? this.#losses.note(owned, from, event) : []
    this.#handOvers.leave(lbs)
    if (lost.length > 0) this.onLost(lost)
  }

  /** @param silenceMs null if no peer owned the carrier before: that is no failover, unless this host lost it and has it again */
  #takeOver(lbs: CarriedLb[], silenceMs: number | null): void {
    const since = new Date().toISOString()
    const heardAt = silenceMs === null ? Number.NEGATIVE_INFINITY : this.#now() - silenceMs
    // What the node was active for under the previous supervisor stays as it is.
    for (const lb of lbs.filter(({ owned }) => owned === null)) {
      const { lost } = lb
      lb.lost = null
      const isReturn = lost !== null && heardAt < lost.at
      if (silenceMs === null && !isReturn) {
        lb.owned = { since }
        continue
      }
      const id = randomUUID()
      lb.owned = { since, failoverId: id }
      const usual = (silenceMs ?? 0) >= LOST_AFTER_MS ? 'host_lost' : 'ended'
      const reason = isReturn ? lost.reason : usual
      const at = isReturn ? lost.servedUntil : heardAt
      lb.takeover = { id, reason, isReturn, at, onEnd: null }
    }
    this.#orders.send(lbs)
  }

  #forget(lbId: string): void {
    const pair = this.#lbs.get(lbId)?.carriage.pair.number
    this.#lbs.delete(lbId)
    if (pair !== undefined) this.#stopUnused(pair)
  }

  #stopUnused(pair: number): void {
    if (!this.#lbs.isPairUsed(pair)) this.#carriers.stop(pair)
  }

  /** This host may own carriers while each of its nodes that is in a pair has a worker that is ready. */
  #updateHealth(): void {
    const nodes = [...this.#carriers.ownNodes()]
    const ready = new Set([...this.#ready].map(({ node }) => node))
    this.#network.setHealth(nodes.length > 0 && nodes.every((node) => ready.has(node)))
  }
}
