import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { NodeWorker, OwnershipLoss } from './address-ownership.ts'
import { keyOf } from './port-sockets.ts'

/** Delay before a timer's callback that threw is retried. Milliseconds. */
const RETRY_MS = 1000

/** A worker that claims the address. */
export type Claimant = {
  worker: NodeWorker
  address: string
  ports: Set<number>
  /** The shards that it has, by port. */
  shards: Map<number, Set<number>>
}

/** The node that may accept: since when (RFC 3339), and by which failover, if any. */
export type Owner = { node: NodeName; cluster: Cluster; since: string; failoverId?: string }

/** A switchover until the previous owner has stopped accepting. */
export type Switchover = {
  to: NodeName
  /** Workers of the previous owner that may still accept. */
  stopping: Set<NodeWorker>
}

/** No node is known to be accepting: set when the owner is lost or asked to stop, cleared when the new one reports `accepting`. */
export type Interruption = OwnershipLoss & {
  /** The id of the takeover that ends it, a UUID. */
  id: string
  from: Cluster
  /** Set while a caller waits for the end. */
  onEnd: ((takeover: Failover) => void) | null
}

/** The ownership of one load balancer's HA IP: who claims it, and who owns it. */
export class LbOwnership {
  readonly lbId: string
  readonly region: Region
  master: Cluster
  readonly claimants = new Map<NodeWorker, Claimant>()
  owner: Owner | null = null
  switchover: Switchover | null = null
  interruption: Interruption | null = null
  /** A person chose the owner, so it doesn't fail back. */
  isPinned = false
  /** Waits for the master's claim, for failback, or to forget an address without claimants. */
  #timer: NodeJS.Timeout | null = null

  constructor(lbId: string, region: Region, master: Cluster) {
    this.lbId = lbId
    this.region = region
    this.master = master
  }

  workersOf(node: NodeName): NodeWorker[] {
    return [...this.claimants.keys()].filter((worker) => worker.node === node)
  }

  isClaimedBy(node: NodeName): boolean {
    return this.workersOf(node).length > 0
  }

  /**
   * Makes a node the owner: the preferred one, the target of the switchover, or the first that claims the address.
   * @returns the workers that start accepting; none if no node claims it
   */
  nameOwner(preferred?: NodeName): NodeWorker[] {
    const first = this.claimants.keys().next().value?.node
    const candidates = [preferred ?? this.switchover?.to, first]
    const node = candidates.find((name) => name !== undefined && this.isClaimedBy(name))
    const workers = node === undefined ? [] : this.workersOf(node)
    const [worker] = workers
    if (!worker) return []
    this.clearTimer()
    this.switchover = null
    const since = new Date().toISOString()
    const failoverId = this.interruption?.id
    this.owner = { node: worker.node, cluster: worker.cluster, since, failoverId }
    return workers
  }

  /** @param loss null if the owner released the address, because its configuration no longer has it. No takeover is reported then */
  loseOwner(loss: OwnershipLoss | null): void {
    const from = this.owner?.cluster
    this.owner = null
    this.isPinned = false
    if (!loss || !from) return
    this.interruption ??= { id: randomUUID(), ...loss, from, onEnd: null }
  }

  /** The node on a cluster, if it has sockets of all ports that the owner has; null otherwise. */
  readyNode(cluster: Cluster): NodeName | null {
    const claimants = [...this.claimants.values()]
    const served = claimants
      .filter(({ worker }) => worker.node === this.owner?.node)
      .flatMap(({ shards }) => [...shards.keys()])
    const ready = claimants.find(
      ({ worker, shards }) =>
        worker.cluster === cluster && served.every((port) => shards.has(port)),
    )
    return ready?.worker.node ?? null
  }

  /** Whether the master may become the owner again without an order. */
  get mayFailBack(): boolean {
    const { owner, master, switchover, interruption, isPinned } = this
    const isAway = owner !== null && owner.cluster !== master
    return isAway && !switchover && !interruption && !isPinned
  }

  /** What is claimed, as "address:port". */
  claimed(): Set<string> {
    const claimants = [...this.claimants.values()]
    return new Set(
      claimants.flatMap(({ address, ports }) => [...ports].map((port) => keyOf(address, port))),
    )
  }

  get hasTimer(): boolean {
    return this.#timer !== null
  }

  /** Replaces the timer that runs. */
  startTimer(act: () => void, ms: number): void {
    this.clearTimer()
    const onDue = contain(
      'takeover',
      () => {
        this.#timer = null
        act()
      },
      // It decides who accepts, so it is retried.
      () => this.startTimer(act, RETRY_MS),
    )
    this.#timer = setTimeout(onDue, ms)
  }

  clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
