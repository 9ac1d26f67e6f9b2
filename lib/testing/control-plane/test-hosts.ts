import { randomUUID } from 'node:crypto'
import type { HostLinks } from '#lib/control-plane/nodes/hosts/host-links.ts'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { CarrierState, HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import { type Carriage, LOCAL_PAIR_NUMBER, type Pair } from '#lib/protocol/pair.ts'

type CarriersReport = Extract<HostReport, { type: 'carriers' }>
type HandOver = Extract<HostOrder, { type: 'hand_over' }>
type Answer = Extract<HostReport, { type: 'handed_over' | 'carrier_yielded' | 'carrier_reclaimed' }>

/** A host of a test: the supervisor of another machine, as the control plane sees it. */
class TestHost {
  readonly id: string
  readonly name: string
  isConnected = false
  /** Whether VRRP adverts reach it and leave it. */
  isAlive = true
  pairs: Pair[] = []
  /** What it knows of each load balancer. Kept on its disk. */
  readonly labels = new Map<string, Carriage>()
  /** The carriers that it owns, as `1 a`. */
  readonly owned = new Set<string>()

  constructor(id: string, name: string) {
    this.id = id
    this.name = name
  }

  /** Whether it accepts connections to a load balancer's address. */
  accepts(lbId: string): boolean {
    const carriage = this.labels.get(lbId)
    if (!carriage || !this.isAlive) return false
    const { pair, carrier } = carriage
    const isMember = pair.a.node === this.name || pair.b.node === this.name
    if (pair.number === LOCAL_PAIR_NUMBER) return isMember
    return isMember && this.owned.has(`${pair.number} ${carrier}`)
  }
}

/** The links of one control-plane process. */
export type ProcessLinks = HostLinks & { end(): void }

/**
 * Hosts that carry orders out as real ones do, without a network: carriers have an owner among the living hosts of their pair, and
 * nobody takes a carrier from a living owner. Orders are carried out, and answered, in later iterations of the event loop.
 */
export class TestHosts implements HostLinks {
  readonly orders: { host: string; order: HostOrder }[] = []
  /** Called before a host carries an order out. False: it doesn't. 'silent': it does and doesn't answer. */
  intercept: (host: string, order: HostOrder) => boolean | 'silent' = () => true
  gapMs = 2.5
  #isApart = false
  /** The carriers that a host stands down for, as `fr-par-a1 1 a`. */
  readonly #stoodDown = new Set<string>()
  readonly #hosts = new Map<string, TestHost>()
  readonly #listeners = new Set<(nodeId: string, report: HostReport | null) => void>()

  /** @param nodes ids and names */
  constructor(nodes: readonly { id: string; name: string }[]) {
    for (const { id, name } of nodes) this.#hosts.set(id, new TestHost(id, name))
  }

  /** Links for a process that can end: then it neither sends nor hears anything. */
  forProcess(): ProcessLinks {
    let hasEnded = false
    const unsubscribes: (() => void)[] = []
    return {
      isConnected: (nodeId) => !hasEnded && this.isConnected(nodeId),
      send: (nodeId, order) => {
        if (!hasEnded) this.send(nodeId, order)
      },
      carriersOf: (nodeId) => (hasEnded ? null : this.carriersOf(nodeId)),
      subscribe: (listener) => {
        const unsubscribe = this.subscribe(listener)
        unsubscribes.push(unsubscribe)
        return unsubscribe
      },
      end: () => {
        hasEnded = true
        for (const unsubscribe of unsubscribes) unsubscribe()
      },
    }
  }

  has(name: string): boolean {
    return [...this.#hosts.values()].some((one) => one.name === name)
  }

  host(name: string): TestHost {
    const host = [...this.#hosts.values()].find((one) => one.name === name)
    if (!host) throw new Error(`There is no host of node ${name}`)
    return host
  }

  /** The nodes that accept connections to a load balancer. Never two. */
  acceptingNodes(lbId: string): string[] {
    return [...this.#hosts.values()].filter((host) => host.accepts(lbId)).map(({ name }) => name)
  }

  connect(...names: string[]): void {
    for (const name of names) {
      const host = this.host(name)
      host.isConnected = true
      host.isAlive = true
      this.#elect()
      this.#reportCarriers(host)
    }
  }

  /** The control plane loses a host, which goes on. */
  disconnect(name: string): void {
    const host = this.host(name)
    host.isConnected = false
    this.#tell(host.id, null)
  }

  /** A host loses power; the others take over what it owned. The control plane still has its link, and what it reported last. */
  cutPower(name: string): void {
    this.host(name).isAlive = false
    this.#elect()
    for (const other of this.#hosts.values()) if (other.isAlive) this.#reportCarriers(other)
  }

  /** A host dies; the others take over what it owned. */
  kill(name: string): void {
    const host = this.host(name)
    host.isAlive = false
    host.owned.clear()
    this.disconnect(name)
    this.#elect()
    for (const other of this.#hosts.values()) this.#reportCarriers(other)
  }

  /** Whether adverts get from one host to another. Each owns all carriers while they don't. */
  setApart(isApart: boolean): void {
    this.#isApart = isApart
    if (!isApart) this.#stoodDown.clear()
    this.#elect()
    for (const host of this.#hosts.values()) this.#reportCarriers(host)
  }

  /** What a host gets by its node's configuration. */
  label(name: string, lbId: string, carriage: Carriage): void {
    const known = this.host(name).labels.get(lbId)
    if (!known || known.epoch < carriage.epoch) this.host(name).labels.set(lbId, carriage)
  }

  isConnected(nodeId: string): boolean {
    return this.#hosts.get(nodeId)?.isConnected ?? false
  }

  send(nodeId: string, order: HostOrder): void {
    const host = this.#hosts.get(nodeId)
    if (!host?.isConnected) return
    this.orders.push({ host: host.name, order })
    setImmediate(() => this.#carryOut(host, order))
  }

  carriersOf(nodeId: string): CarriersReport | null {
    const host = this.#hosts.get(nodeId)
    if (!host?.isConnected) return null
    const state = (pair: number, carrier: Cluster): CarrierState =>
      host.owned.has(`${pair} ${carrier}`) ? 'owner' : 'backup'
    const pairs = host.pairs.map((pair) => ({
      pair: pair.number,
      a: state(pair.number, 'a'),
      b: state(pair.number, 'b'),
      hears_peer: !this.#isApart && this.#hasAdverts(this.#peerOf(host, pair), pair.number),
    }))
    return { type: 'carriers', pairs, problem: null }
  }

  subscribe(listener: (nodeId: string, report: HostReport | null) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A host reports. */
  report(name: string, report: HostReport): void {
    this.#tell(this.host(name).id, report)
  }

  #carryOut(host: TestHost, order: HostOrder): void {
    if (!host.isAlive) return
    const verdict = this.intercept(host.name, order)
    if (verdict === false) return
    const answer = this.#done(host, order)
    if (answer && verdict !== 'silent') this.#tell(host.id, answer)
  }

  #done(host: TestHost, order: HostOrder): Answer | null {
    if (order.type === 'pairs') {
      host.pairs = order.pairs
      this.#elect()
      for (const other of this.#hosts.values()) this.#reportCarriers(other)
    }
    if (order.type === 'ping') this.#reportCarriers(host)
    if (order.type === 'hand_over') return this.#handOver(host, order)
    if (order.type === 'stand_down') this.#standDown(host, `${order.pair} ${order.carrier}`)
    if (order.type === 'reclaim_carrier') {
      return { type: 'carrier_reclaimed', id: order.id, problem: null }
    }
    if (order.type !== 'yield_carrier') return null
    const key = `${order.pair} ${order.carrier}`
    const pair = host.pairs.find(({ number }) => number === order.pair)
    const peer = pair && this.#peerOf(host, pair)
    if (host.owned.delete(key) && peer?.isAlive) peer.owned.add(key)
    for (const one of [host, peer]) if (one) this.#reportCarriers(one)
    return { type: 'carrier_yielded', id: order.id, problem: null }
  }

  #standDown(host: TestHost, key: string): void {
    this.#stoodDown.add(`${host.name} ${key}`)
    host.owned.delete(key)
    this.#reportCarriers(host)
  }

  #handOver(host: TestHost, { id, side, lbs }: HandOver): Answer {
    for (const { lb_id, carriage } of lbs) this.label(host.name, lb_id, carriage)
    const failovers = side === 'arriving' ? lbs.map(({ lb_id }) => this.#failover(host, lb_id)) : []
    return { type: 'handed_over', id, failovers, problem: null }
  }

  #failover(host: TestHost, lbId: string): Failover {
    const carriage = host.labels.get(lbId)
    const to = carriage?.pair.a.node === host.name ? 'a' : 'b'
    return {
      id: randomUUID(),
      lb_id: lbId,
      at: new Date().toISOString(),
      from: to === 'a' ? 'b' : 'a',
      to,
      reason: 'planned',
      gap_ms: this.gapMs,
    }
  }

  /** Carriers without a living owner get one: of the host that prefers them, else of the other. */
  #elect(): void {
    for (const host of this.#hosts.values()) {
      if (!host.isAlive) continue
      for (const pair of host.pairs) this.#electOn(pair)
    }
  }

  #electOn(pair: Pair): void {
    const running = (name: string) => {
      const host = this.host(name)
      return host.isAlive && host.pairs.some(({ number }) => number === pair.number) ? host : null
    }
    const members = { a: running(pair.a.node), b: running(pair.b.node) }
    for (const carrier of ['a', 'b'] as const) {
      const key = `${pair.number} ${carrier}`
      if (this.#isApart) {
        this.#electApart([members.a, members.b], key)
        continue
      }
      if (members.a?.owned.has(key) && members.b?.owned.has(key)) {
        members[carrier === 'a' ? 'b' : 'a']?.owned.delete(key)
      }
      if (members.a?.owned.has(key) || members.b?.owned.has(key)) continue
      const winner = members[carrier] ?? members.a ?? members.b
      winner?.owned.add(key)
    }
  }

  #electApart(members: (TestHost | null)[], key: string): void {
    for (const member of members) {
      if (member && !this.#stoodDown.has(`${member.name} ${key}`)) member.owned.add(key)
    }
  }

  #peerOf(host: TestHost, { a, b }: Pair): TestHost | null {
    return this.host(a.node === host.name ? b.node : a.node)
  }

  /** A host sends adverts only while it owns a carrier. */
  #hasAdverts(host: TestHost | null, pair: number): boolean {
    return !!host?.isAlive && (host.owned.has(`${pair} a`) || host.owned.has(`${pair} b`))
  }

  #reportCarriers(host: TestHost): void {
    const report = this.carriersOf(host.id)
    if (report) this.#tell(host.id, report)
  }

  #tell(nodeId: string, report: HostReport | null): void {
    for (const listener of this.#listeners) listener(nodeId, report)
  }
}
