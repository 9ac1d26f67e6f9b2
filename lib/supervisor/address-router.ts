import type { NodeName } from '#lib/config/stream.ts'
import type { SocketErrorCode, SupervisorToNode } from '#lib/config/supervision.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { BoundSocket } from './bind-socket.ts'

/** A running process of a node, as the router sees it. */
export type Member = {
  readonly name: NodeName
  /** Which of the node's worker processes, from 1. */
  readonly worker: number
  readonly cluster: Cluster
  send(message: SupervisorToNode, socket?: BoundSocket): void
}

/** What a node asks for: a load balancer's highly available IP and all of its ports. */
export type Claim = { lb_id: string; address: string; ports: number[]; master: Cluster }

type Holder = {
  member: Member
  address: string
  ports: Set<number>
  delivered: Set<number>
  /** Whether it was told to accept. */
  activated: boolean
}

type Route = {
  lbId: string
  master: Cluster
  /** By process. */
  holders: Map<string, Holder>
  active: NodeName | null
  grace: NodeJS.Timeout | null
  /** What is bound for it, by "address:port". */
  sockets: Map<string, BoundSocket>
}

/** How long the backup waits for a master that has not claimed yet, before it takes the traffic. */
export const MASTER_GRACE_MS = 1000

/**
 * Gives each highly available IP's sockets to the nodes that claim them and says which one accepts: the master,
 * or the backup while there is no master. There is one active node for a load balancer at most, because another is
 * named only when the former has left, that is when all its processes have ended. A node's workers all accept.
 *
 * Sockets stay open here as long as any node claims them, so the kernel queues new connections over a failover.
 * On several machines VRRP takes this part, and a node binds its address itself.
 */
export class AddressRouter {
  readonly #routes = new Map<string, Route>()
  /** Which load balancer's socket an "address:port" is. */
  readonly #owners = new Map<string, Route>()
  /** Who wants an "address:port" that is still another's, the last to ask. */
  readonly #waiting = new Map<string, Route>()
  readonly #bind: (address: string, port: number) => BoundSocket | { code: SocketErrorCode }

  constructor(bind: (address: string, port: number) => BoundSocket | { code: SocketErrorCode }) {
    this.#bind = bind
  }

  /** A node wants these sockets, in place of those it claimed for that load balancer before. */
  claim(member: Member, claim: Claim): void {
    const route = this.#routeOf(claim)
    route.master = claim.master
    const before = route.holders.get(keyOf(member))
    const ports = new Set(claim.ports)
    const kept = before?.address === claim.address ? before.delivered : new Set<number>()
    const delivered = kept.intersection(ports)
    const activated = before?.activated ?? false
    route.holders.set(keyOf(member), {
      member,
      address: claim.address,
      ports,
      delivered,
      activated,
    })
    this.#closeUnclaimed(route)
    this.#deliver(route)
    this.#chooseActive(route, member)
  }

  /** A node gives up a load balancer's sockets; it has stopped accepting on them. */
  release(member: Member, lbId: string): void {
    const route = this.#routes.get(lbId)
    if (route) this.#drop(route, member)
  }

  /** A node's process has ended: the other node takes over what it was active for. */
  left(member: Member): void {
    for (const route of this.#routes.values()) {
      if (route.holders.get(keyOf(member))?.member === member) this.#drop(route, member)
    }
  }

  /** The node that accepts a load balancer's traffic, if any. */
  activeOf(lbId: string): NodeName | null {
    return this.#routes.get(lbId)?.active ?? null
  }

  /** Closes every socket and forgets every claim. */
  close(): void {
    for (const route of this.#routes.values()) {
      if (route.grace) clearTimeout(route.grace)
      for (const socket of route.sockets.values()) socket.close()
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
    route.holders.delete(keyOf(member))
    // First the successor, which is what clients wait for; then the tidying.
    if (route.active === member.name && !isHeldBy(route, member.name)) {
      route.active = null
      const [next] = route.holders.values()
      if (next) this.#activate(route, next.member.name)
    }
    if (route.holders.size === 0) {
      if (route.grace) clearTimeout(route.grace)
      this.#routes.delete(route.lbId)
    }
    this.#closeUnclaimed(route)
  }

  #chooseActive(route: Route, claimant: Member): void {
    const joins = route.active === claimant.name
    if (joins || (!route.active && claimant.cluster === route.master)) {
      this.#activate(route, claimant.name)
      return
    }
    if (route.active) return
    route.grace ??= setTimeout(() => {
      const [first] = route.holders.values()
      if (!route.active && first) this.#activate(route, first.member.name)
    }, MASTER_GRACE_MS)
  }

  /** Has all of a node's workers accept that do not already. */
  #activate(route: Route, name: NodeName): void {
    if (route.grace) clearTimeout(route.grace)
    route.grace = null
    route.active = name
    for (const holder of route.holders.values()) {
      if (holder.member.name !== name || holder.activated) continue
      holder.activated = true
      holder.member.send({ type: 'activate', lb_id: route.lbId })
    }
  }

  /** Sends each holder the sockets that it claims and does not have. */
  #deliver(route: Route): void {
    for (const holder of route.holders.values()) {
      for (const port of holder.ports.difference(holder.delivered)) {
        this.#deliverPort(route, holder, port)
      }
    }
  }

  #deliverPort(route: Route, holder: Holder, port: number): void {
    const place = { lb_id: route.lbId, address: holder.address, port }
    const socket = this.#open(route, holder.address, port)
    if (socket === 'held') return
    if ('code' in socket) {
      holder.member.send({ type: 'socket_failed', ...place, code: socket.code })
      return
    }
    holder.delivered.add(port)
    holder.member.send({ type: 'socket', ...place }, socket)
  }

  /**
   * The route's own socket for an address and port, bound when it is first asked for. `held`: another load balancer
   * had the address until a moment ago and a node still lets go of it; the route is served when that is done.
   */
  #open(route: Route, address: string, port: number): BoundSocket | 'held' | { code: string } {
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
    for (const [key, socket] of route.sockets) {
      if (isClaimed(route, key)) continue
      socket.close()
      route.sockets.delete(key)
      this.#owners.delete(key)
      const next = this.#waiting.get(key)
      this.#waiting.delete(key)
      if (next) this.#deliver(next)
    }
  }
}

function keyOf({ name, worker }: Member): string {
  return `${name}/${worker}`
}

function isHeldBy(route: Route, name: NodeName): boolean {
  return [...route.holders.values()].some(({ member }) => member.name === name)
}

function isClaimed(route: Route, key: string): boolean {
  for (const { address, ports } of route.holders.values()) {
    for (const port of ports) if (`${address}:${port}` === key) return true
  }
  return false
}
