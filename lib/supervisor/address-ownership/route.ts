import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import { localNode } from '../local-nodes.ts'
import type { Member, OwnershipLoss } from './member.ts'
import { keyOf } from './port-sockets.ts'
import { shardsOf } from './shards.ts'

/** Delay before a timer's callback that threw is tried again. Milliseconds. */
const RETRY_MS = 1000

/** What a worker has of a load balancer. */
export type Holder = {
  member: Member
  address: string
  ports: Set<number>
  /** The sockets that it has: which shards, by port. */
  has: Map<number, Set<number>>
}

/** A planned switchover, until the former node has stopped accepting. */
export type Move = {
  to: NodeName
  /** Workers of the former node that may still accept. */
  yielding: Set<Member>
}

/**
 * No node is known to be accepting: set when the owner is lost or asked to stop, cleared when the new one reports `accepting`. `at`: when
 * it began, on the supervisor's clock.
 */
export type Interruption = OwnershipLoss & {
  /** The id of the failover that ends it, a UUID. */
  id: string
  from: Cluster
  /** Who asked for it and waits for its end. */
  done: ((failover: Failover) => void) | null
}

/** One load balancer: who holds its sockets, and which node accepts what comes to it. */
export class Route {
  readonly lbId: string
  master: Cluster
  readonly holders = new Map<Member, Holder>()
  /** The node that was told to accept. */
  active: NodeName | null = null
  /** Since when, RFC 3339. */
  activeSince = ''
  /** The failover that made it the active one, if any. */
  failoverId: string | undefined
  move: Move | null = null
  interruption: Interruption | null = null
  /** Somebody asked for the node that is active: nothing goes back to the master by itself. */
  pinned = false
  /** The wait for a master that has not come yet, or for for the time to go back to it; or, without holders, its end. */
  #timer: NodeJS.Timeout | null = null

  constructor(lbId: string, master: Cluster) {
    this.lbId = lbId
    this.master = master
  }

  /** The workers of a node that hold it. */
  membersOf(node: NodeName): Member[] {
    return [...this.holders.keys()].filter(({ name }) => name === node)
  }

  holds(node: NodeName): boolean {
    return this.membersOf(node).length > 0
  }

  /** A node of a cluster that has the sockets of all ports which the active one has; null for none. */
  readyNode(cluster: Cluster): NodeName | null {
    const holders = [...this.holders.values()]
    const served = holders
      .filter(({ member }) => member.name === this.active)
      .flatMap(({ has }) => [...has.keys()])
    const ready = holders.find(
      ({ member, has }) => member.cluster === cluster && served.every((port) => has.has(port)),
    )
    return ready?.member.name ?? null
  }

  get activeCluster(): Cluster | null {
    return this.active === null ? null : localNode(this.active).cluster
  }

  /** What is claimed, as "address:port". */
  claimed(): Set<string> {
    const holders = [...this.holders.values()]
    return new Set(
      holders.flatMap(({ address, ports }) => [...ports].map((port) => keyOf(address, port))),
    )
  }

  /** The shards of a port that a worker is to have: its own, and those of workers of the active node that are away or do not claim it yet. */
  shardsFor({ member, address }: Holder, port: number, count: number): Set<number> {
    if (this.active !== member.name) return new Set([member.worker])
    const mates = [...this.holders.values()].filter(
      (one) => one.member.name === member.name && one.address === address && one.ports.has(port),
    )
    const present = mates.map((one) => one.member.worker)
    return shardsOf(member.worker, present, count)
  }

  get isTimed(): boolean {
    return this.#timer !== null
  }

  /** Does something later, in place of what was to be done before. */
  startTimer(act: () => void, ms: number): void {
    this.clearTimer()
    const onDue = contain(
      'takeover',
      () => {
        this.#timer = null
        act()
      },
      // It decides who accepts traffic, so it is retried.
      () => this.startTimer(act, RETRY_MS),
    )
    this.#timer = setTimeout(onDue, ms)
  }

  clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
