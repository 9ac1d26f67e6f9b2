import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type { Activation } from '#lib/protocol/supervision.ts'
import { localNode } from '../local-nodes.ts'
import type { BoundSocket } from './bind-socket.ts'
import { activate, deliver } from './delivery.ts'
import type { Claim, Member, OwnershipLoss } from './member.ts'
import { type Bind, PortSockets, type Shard } from './port-sockets.ts'
import { type Interruption, Route } from './route.ts'

/** How long the backup waits for a master that has not claimed yet, before it takes the traffic. */
export const MASTER_GRACE_MS = 1000
/** How long sockets whose every holder has ended go on queueing connections for the one that comes back first. */
export const ORPHAN_MS = 5000

type Options = {
  /** After how long a master that is back gets its traffic back by itself, milliseconds; null for never. */
  failbackMs?: number | null
  /** Traffic has gone to another node without anybody having asked for it. */
  onFailover?: (failover: Failover) => void
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/**
 * Gives each highly available IP's sockets to the nodes that claim them and says which one accepts: the master,
 * or the backup while there is no master. There is one active node for a load balancer at most, because another is
 * named only when the former has left: when each of its processes that held the sockets has ended, given them up, or
 * said that it does not accept any more.
 *
 * Where nodes have several workers, each port has as many sockets, its shards, and the kernel spreads new connections
 * over them evenly: each worker has its own, and others of its node accept from it while that one is away. Sockets stay
 * open here as long as any node claims them, so the kernel queues new connections over all of that.
 * On several machines VRRP takes this part, and a node binds its address itself.
 */
export class AddressRouter {
  readonly #routes = new Map<string, Route>()
  readonly #sockets: PortSockets
  readonly #failbackMs: number | null
  #isTakingOver = false
  readonly #onFailover: (failover: Failover) => void
  readonly #now: () => number

  constructor(
    bind: Bind,
    { failbackMs = null, onFailover = () => {}, now = () => performance.now() }: Options = {},
  ) {
    this.#now = now
    this.#sockets = new PortSockets(bind)
    this.#failbackMs = failbackMs
    this.#onFailover = onFailover
  }

  /**
   * Nodes of an earlier supervisor are about to tell what they have: nobody is told to accept before `takenOver`, as one
   * that has not spoken yet may accept.
   */
  takingOver(): void {
    this.#isTakingOver = true
  }

  /** A socket that a worker of an earlier supervisor has. */
  has(member: Member, lbId: string, place: Shard, socket: BoundSocket): void {
    const route = this.#routeOf(lbId, member.cluster)
    const { address, port, shard } = place
    this.#sockets.adopt(lbId, place, socket)
    const holder = route.holders.get(member) ?? {
      member,
      address,
      ports: new Set(),
      has: new Map(),
    }
    route.holders.set(member, holder)
    holder.has.set(port, (holder.has.get(port) ?? new Set()).add(shard))
  }

  /** A worker of an earlier supervisor accepts what comes to a load balancer. */
  isActive(member: Member, { lb_id, since, failover_id }: Activation): void {
    const route = this.#routes.get(lb_id)
    if (!route) return
    route.active = member.name
    route.activeSince = since
    route.failoverId = failover_id
  }

  /** All of them have spoken, or ended. */
  takenOver(): void {
    this.#isTakingOver = false
    this.#sockets.closeGaps()
    const idle = [...this.#routes.values()].filter(({ active }) => active === null)
    // Clients wait already.
    this.#succeed(idle)
    for (const route of this.#routes.values()) {
      this.#closeUnclaimed(route)
      deliver(route, this.#sockets)
    }
  }

  /** A worker wants these sockets, in place of those it claimed for that load balancer before. */
  claim(member: Member, claim: Claim): void {
    const route = this.#routeOf(claim.lb_id, claim.master)
    if (route.holders.size === 0) route.clearTimer()
    route.master = claim.master
    const before = route.holders.get(member)
    const ports = new Set(claim.ports)
    const kept = before?.address === claim.address ? [...before.has] : []
    const has = new Map(kept.filter(([port]) => ports.has(port)))
    route.holders.set(member, { member, address: claim.address, ports, has })
    if (this.#isTakingOver) return
    this.#closeUnclaimed(route)
    if (!route.active) this.#awaitMaster(route)
    else if (!before && route.active === member.name) activate([route], member)
    deliver(route, this.#sockets)
    this.#awaitFailback(route)
  }

  /** A worker gives up a load balancer's sockets; it has stopped accepting on them. */
  release(member: Member, lbId: string): void {
    const route = this.#routes.get(lbId)
    if (route?.holders.has(member)) this.#drop([route], member, null)
  }

  /** A worker has ended: where it was its node's last, the other node takes over what that one was active for. */
  left(member: Member, lapse: OwnershipLoss = { reason: 'ended', at: this.#now() }): void {
    const routes = [...this.#routes.values()].filter(({ holders }) => holders.has(member))
    this.#drop(routes, member, lapse)
  }

  /** A worker has stopped accepting, as it was asked to, and holds the sockets no longer. */
  yielded(member: Member, lbId: string): void {
    const route = this.#routes.get(lbId)
    const holder = route?.holders.get(member)
    if (!route || !holder) return
    holder.has.clear()
    this.#stoppedAccepting(route, member)
    deliver(route, this.#sockets)
  }

  /** A worker accepts what comes to a load balancer. */
  accepting(member: Member, lbId: string): void {
    const route = this.#routes.get(lbId)
    if (route?.active !== member.name || !route.interruption) return
    const { id, from, reason, at: since, done } = route.interruption
    route.interruption = null
    const failover: Failover = {
      id,
      lb_id: lbId,
      at: route.activeSince,
      from,
      to: member.cluster,
      reason,
      gap_ms: this.#now() - since,
    }
    if (done) done(failover)
    else this.#onFailover(failover)
  }

  /**
   * Has another node accept, the named cluster's or simply the other. New connections wait in the kernel meanwhile, those
   * in progress stay where they are.
   * @throws Error in a person's words where that can't be
   */
  switchOver(lbId: string, to?: Cluster): Promise<Failover> {
    const route = this.#routes.get(lbId)
    const from = route?.activeCluster
    if (route?.move || route?.interruption) throw new Error('It is changing instances already.')
    if (!route || !from) throw new Error('No instance accepts its traffic at the moment.')
    const cluster = to ?? (from === 'a' ? 'b' : 'a')
    if (cluster === from) throw new Error(`The instance of cluster ${cluster} has its traffic.`)
    const node = route.readyNode(cluster)
    if (!node) throw new Error(`The instance of cluster ${cluster} is not ready to take over.`)
    return new Promise((done) => this.#yield(route, from, node, done))
  }

  /**
   * Repairs the state after an exception. If the owner of an address has no socket of it any more, another owner is named. Every
   * owner is sent its order again, and every node the sockets that it lacks. Idempotent.
   */
  recover(): void {
    if (this.#isTakingOver) return
    forEachContained('takeover', [...this.#routes.values()], (route) => this.#recover(route))
  }

  /** The load balancers whose traffic a node accepts. */
  activeOn(node: NodeName): string[] {
    return [...this.#routes.values()]
      .filter(({ active }) => active === node)
      .map(({ lbId }) => lbId)
  }

  /** The load balancers of which another than the master's node accepts. */
  awayFromMaster(): { lbId: string; active: NodeName; master: Cluster }[] {
    return [...this.#routes.values()].flatMap(({ lbId, active, master }) =>
      active && localNode(active).cluster !== master ? [{ lbId, active, master }] : [],
    )
  }

  /** The node that accepts a load balancer's traffic, if any. */
  activeOf(lbId: string): NodeName | null {
    return this.#routes.get(lbId)?.active ?? null
  }

  /** Closes every socket and forgets every claim. */
  close(): void {
    for (const route of this.#routes.values()) route.clearTimer()
    this.#routes.clear()
    this.#sockets.close()
  }

  #recover(route: Route): void {
    const { active, activeCluster: from, move } = route
    if (active && from && !route.holds(active)) {
      route.active = null
      route.pinned = false
      const lapse = { reason: 'ended', at: this.#now() } as const
      route.interruption ??= { id: randomUUID(), ...lapse, from, done: null }
    }
    for (const member of move?.yielding ?? []) {
      if (route.holders.has(member)) member.send({ type: 'deactivate', lb_id: route.lbId })
      else move?.yielding.delete(member)
    }
    if (route.holders.size === 0) {
      if (!route.isTimed) route.startTimer(() => this.#forget(route), ORPHAN_MS)
    } else if (move?.yielding.size === 0) this.#succeed([route])
    else if (!route.active) this.#awaitMaster(route)
    else for (const member of route.membersOf(route.active)) activate([route], member)
    deliver(route, this.#sockets)
  }

  #routeOf(lbId: string, master: Cluster): Route {
    const route = this.#routes.get(lbId) ?? new Route(lbId, master)
    this.#routes.set(lbId, route)
    return route
  }

  /** @param lapse null where it is the worker's own will, as its configuration asks for it */
  #drop(routes: Route[], member: Member, lapse: OwnershipLoss | null): void {
    // First the successors, all at once, which is what clients wait for; then the tidying.
    const lost = routes.filter((route) => {
      route.holders.delete(member)
      return route.active === member.name && !route.holds(member.name)
    })
    for (const route of lost) {
      route.active = null
      route.pinned = false
      const from = member.cluster
      if (lapse) route.interruption ??= { id: randomUUID(), ...lapse, from, done: null }
    }
    this.#succeed(lost)
    for (const route of routes) {
      if (lapse) lostDuringSwitchover(route, member, lapse)
      this.#stoppedAccepting(route, member)
      // Who accepts from now on may have another's connections to accept as well.
      deliver(route, this.#sockets)
      if (route.holders.size > 0) this.#closeUnclaimed(route)
      else if (lapse) route.startTimer(() => this.#forget(route), ORPHAN_MS)
      else this.#forget(route)
    }
  }

  #forget(route: Route): void {
    route.clearTimer()
    this.#routes.delete(route.lbId)
    this.#closeUnclaimed(route)
  }

  /** Names who accepts what nobody does: the node that it is meant for, or whoever has the sockets. */
  #succeed(routes: Route[], wanted?: NodeName): void {
    const told = new Map<Member, Route[]>()
    for (const route of this.#isTakingOver ? [] : routes) {
      const node = [wanted ?? route.move?.to, route.holders.keys().next().value?.name].find(
        (name) => name && route.holds(name),
      )
      if (route.active || !node) continue
      route.clearTimer()
      route.move = null
      route.active = node
      route.activeSince = new Date().toISOString()
      route.failoverId = route.interruption?.id
      for (const member of route.membersOf(node)) {
        const activated = told.get(member) ?? []
        activated.push(route)
        told.set(member, activated)
      }
    }
    for (const [member, activated] of told) activate(activated, member)
  }

  /** Nobody accepts: the master's node does as soon as it claims, the other if that does not come. */
  #awaitMaster(route: Route): void {
    if (route.move) return
    const members = [...route.holders.keys()]
    const master = members.find(({ cluster }) => cluster === route.master)
    // After an interruption clients wait already.
    if (master || route.interruption) {
      this.#succeed([route], master?.name)
      return
    }
    if (route.isTimed) return
    route.startTimer(() => {
      this.#succeed([route])
      deliver(route, this.#sockets)
    }, MASTER_GRACE_MS)
  }

  #yield(route: Route, from: Cluster, to: NodeName, done: Interruption['done']): void {
    const at = this.#now()
    const former = route.active as NodeName
    const yielding = new Set(route.membersOf(former))
    route.clearTimer()
    route.active = null
    route.pinned = done !== null
    route.move = { to, yielding }
    const id = randomUUID()
    route.interruption = { id, from, reason: 'planned', at, done }
    const ask = (member: Member) => member.send({ type: 'deactivate', lb_id: route.lbId })
    forEachContained('takeover', yielding, ask, (_fault, member) => ask(member))
  }

  /** A worker accepts no more: where it was the last to be waited for, the traffic moves. */
  #stoppedAccepting(route: Route, member: Member): void {
    if (!route.move?.yielding.delete(member) || route.move.yielding.size > 0) return
    this.#succeed([route])
  }

  /** Where it is configured, a master that has had the sockets for a while gets its traffic back. */
  #awaitFailback(route: Route): void {
    const wanted = () => (this.#mayFailBack(route) ? route.readyNode(route.master) : null)
    if (this.#failbackMs === null || route.isTimed || !wanted()) return
    route.startTimer(() => {
      const [node, from] = [wanted(), route.activeCluster]
      if (node && from) this.#yield(route, from, node, null)
    }, this.#failbackMs)
  }

  #mayFailBack(route: Route): boolean {
    const { active, activeCluster, master, move, interruption, pinned } = route
    return active !== null && activeCluster !== master && !move && !interruption && !pinned
  }

  /** Closes the route's sockets that no node claims any more, and serves who waited for them. */
  #closeUnclaimed(route: Route): void {
    for (const lbId of this.#sockets.closeUnclaimed(route.lbId, route.claimed())) {
      const next = this.#routes.get(lbId)
      if (next) deliver(next, this.#sockets)
    }
  }
}

/** The owner ended before it stopped accepting: it may have hung since before it was asked to. */
function lostDuringSwitchover(
  { move, interruption }: Route,
  member: Member,
  { at }: OwnershipLoss,
) {
  if (interruption && move?.yielding.has(member)) interruption.at = Math.min(interruption.at, at)
}
