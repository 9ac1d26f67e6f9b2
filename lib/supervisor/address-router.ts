import type { NodeName } from '#lib/config/stream.ts'
import type { SocketErrorCode, SupervisorToNode } from '#lib/config/supervision.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { BoundSocket } from './bind-socket.ts'
import { shardsOf } from './shards.ts'

/** A running process of a node, a worker, as the router sees it. Its successor is another member. */
export type Member = {
  readonly name: NodeName
  /** Which of the node's worker processes, from 1. */
  readonly worker: number
  readonly cluster: Cluster
  send(message: SupervisorToNode, socket?: BoundSocket): void
}

/** What a worker asks for: a load balancer's highly available IP and all of its ports. */
export type Claim = { lb_id: string; address: string; ports: number[]; master: Cluster }

type Holder = {
  member: Member
  address: string
  ports: Set<number>
  /** The sockets that it has: which shards, by port. */
  has: Map<number, Set<number>>
}

type Route = {
  lbId: string
  master: Cluster
  holders: Map<Member, Holder>
  active: { node: NodeName; since: string } | null
  grace: NodeJS.Timeout | null
  /** What is bound for it, by "address:port": a socket for each worker. */
  sockets: Map<string, BoundSocket[]>
}

/** How long the backup waits for a master that has not claimed yet, before it takes the traffic. */
export const MASTER_GRACE_MS = 1000

/**
 * Gives each highly available IP's sockets to the nodes that claim them and says which one accepts: the master,
 * or the backup while there is no master. There is one active node for a load balancer at most, because another is
 * named only when the former has left, that is when each of its processes that held the sockets has ended or given
 * them up.
 *
 * Where nodes have several workers, each port has as many sockets, its shards, and the kernel spreads new connections
 * over them evenly: each worker has its own, and others of its node accept from it while that one is away. Sockets stay
 * open here as long as any node claims them, so the kernel queues new connections over all of that.
 * On several machines VRRP takes this part, and a node binds its address itself.
 */
export class AddressRouter {
  readonly #routes = new Map<string, Route>()
  /** Which load balancer's socket an "address:port" is. */
  readonly #owners = new Map<string, Route>()
  /** Who wants an "address:port" that is still another's, the last to ask. */
  readonly #waiting = new Map<string, Route>()
  readonly #bind: (address: string, port: number) => BoundSocket[] | { code: SocketErrorCode }

  /** @param bind binds as many sockets as a node has workers */
  constructor(bind: (address: string, port: number) => BoundSocket[] | { code: SocketErrorCode }) {
    this.#bind = bind
  }

  /** A worker wants these sockets, in place of those it claimed for that load balancer before. */
  claim(member: Member, claim: Claim): void {
    const route = this.#routeOf(claim)
    route.master = claim.master
    const before = route.holders.get(member)
    const ports = new Set(claim.ports)
    const kept = before?.address === claim.address ? [...before.has] : []
    const has = new Map(kept.filter(([port]) => ports.has(port)))
    route.holders.set(member, { member, address: claim.address, ports, has })
    this.#closeUnclaimed(route)
    if (!route.active) this.#chooseActive(route, member)
    else if (!before && route.active.node === member.name) tellActive(route, member)
    this.#deliver(route)
  }

  /** A worker gives up a load balancer's sockets; it has stopped accepting on them. */
  release(member: Member, lbId: string): void {
    const route = this.#routes.get(lbId)
    if (route) this.#drop(route, member)
  }

  /** A worker has ended: where it was its node's last, the other node takes over what that one was active for. */
  left(member: Member): void {
    for (const route of this.#routes.values()) {
      if (route.holders.has(member)) this.#drop(route, member)
    }
  }

  /** The node that accepts a load balancer's traffic, if any. */
  activeOf(lbId: string): NodeName | null {
    return this.#routes.get(lbId)?.active?.node ?? null
  }

  /** Closes every socket and forgets every claim. */
  close(): void {
    for (const route of this.#routes.values()) {
      if (route.grace) clearTimeout(route.grace)
      for (const socket of [...route.sockets.values()].flat()) socket.close()
    }
    this.#routes.clear()
    this.#owners.clear()
    this.#waiting.clear()
  }

  #routeOf(claim: Claim): Route {
    const existing = this.#routes.get(claim.lb_id)
    if (existing) return existing
    const { lb_id: lbId, master } = claim
    const route: Route = {
      lbId,
      master,
      holders: new Map(),
      active: null,
      grace: null,
      sockets: new Map(),
    }
    this.#routes.set(lbId, route)
    return route
  }

  #drop(route: Route, member: Member): void {
    route.holders.delete(member)
    const left = [...route.holders.keys()]
    // First the successor, which is what clients wait for; then the tidying.
    if (route.active?.node === member.name) {
      if (!left.some(({ name }) => name === member.name)) {
        route.active = null
        if (left[0]) this.#activate(route, left[0].name)
      }
      // Who accepts from now on may have another's connections to accept as well.
      this.#deliver(route)
    }
    if (route.holders.size === 0) {
      if (route.grace) clearTimeout(route.grace)
      this.#routes.delete(route.lbId)
    }
    this.#closeUnclaimed(route)
  }

  #chooseActive(route: Route, claimant: Member): void {
    if (claimant.cluster === route.master) {
      this.#activate(route, claimant.name)
      return
    }
    route.grace ??= setTimeout(() => {
      const [first] = route.holders.keys()
      if (route.active || !first) return
      this.#activate(route, first.name)
      this.#deliver(route)
    }, MASTER_GRACE_MS)
  }

  #activate(route: Route, node: NodeName): void {
    if (route.grace) clearTimeout(route.grace)
    route.grace = null
    route.active = { node, since: new Date().toISOString() }
    for (const member of route.holders.keys()) if (member.name === node) tellActive(route, member)
  }

  /** Sends each holder the sockets that it is to have and does not, and takes from it what is another's. */
  #deliver(route: Route): void {
    for (const holder of route.holders.values()) {
      for (const port of holder.ports) this.#deliverPort(route, holder, port)
    }
  }

  #deliverPort(route: Route, holder: Holder, port: number): void {
    const { member, address } = holder
    const place = { lb_id: route.lbId, address, port }
    const sockets = this.#open(route, address, port)
    if (sockets === 'held') return
    if ('code' in sockets) {
      member.send({ type: 'socket_failed', ...place, code: sockets.code })
      return
    }
    const has = holder.has.get(port) ?? new Set<number>()
    const due = this.#shardsOf(route, holder, port, sockets.length)
    for (const shard of due.difference(has)) {
      member.send({ type: 'socket', ...place, shard }, sockets[shard - 1])
    }
    for (const shard of has.difference(due)) {
      member.send({ type: 'socket_withdrawn', ...place, shard })
    }
    holder.has.set(port, due)
  }

  /** Its own, and those of workers of the active node that are away or do not claim that port yet. */
  #shardsOf(route: Route, { member, address }: Holder, port: number, count: number): Set<number> {
    if (route.active?.node !== member.name) return new Set([member.worker])
    const holders = [...route.holders.values()]
    const mates = holders.filter(
      (one) => one.member.name === member.name && one.address === address && one.ports.has(port),
    )
    return shardsOf(
      member.worker,
      mates.map((one) => one.member.worker),
      count,
    )
  }

  /**
   * The route's own sockets for an address and port, bound when it is first asked for. `held`: another load balancer
   * had the address until a moment ago and a node still lets go of it; the route is served when that is done.
   */
  #open(route: Route, address: string, port: number): BoundSocket[] | 'held' | { code: string } {
    const key = `${address}:${port}`
    const own = route.sockets.get(key)
    if (own) return own
    if (this.#owners.has(key)) {
      this.#waiting.set(key, route)
      return 'held'
    }
    const bound = this.#bind(address, port)
    if ('code' in bound) return bound
    route.sockets.set(key, bound)
    this.#owners.set(key, route)
    return bound
  }

  /** Closes the route's sockets that no node claims any more, and serves who waited for them. */
  #closeUnclaimed(route: Route): void {
    for (const [key, sockets] of route.sockets) {
      if (isClaimed(route, key)) continue
      for (const socket of sockets) socket.close()
      route.sockets.delete(key)
      this.#owners.delete(key)
      const next = this.#waiting.get(key)
      this.#waiting.delete(key)
      if (next) this.#deliver(next)
    }
  }
}

function tellActive({ lbId, active }: Route, member: Member): void {
  if (active) member.send({ type: 'activate', lb_id: lbId, since: active.since })
}

function isClaimed(route: Route, key: string): boolean {
  for (const { address, ports } of route.holders.values()) {
    for (const port of ports) if (`${address}:${port}` === key) return true
  }
  return false
}
