import type { Failover } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { BoundSocket } from '#lib/process/bind-socket.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { Activation } from '#lib/protocol/supervision.ts'
import {
  type AddressOwnership,
  type Claim,
  MASTER_GRACE_MS,
  type NodeWorker,
  type OwnershipLoss,
  type Shard,
  type SwitchoverResult,
} from './address-ownership.ts'
import { bindSockets } from './bind-sockets.ts'
import { LbOwnership } from './lb-ownership.ts'
import { type Bind, PortSockets } from './port-sockets.ts'
import { distributeSockets } from './socket-distribution.ts'
import { askToStop, planSwitchover, resultOf, startSwitchover } from './switchover.ts'

/** How long sockets without claimants queue connections for the first node that returns. Milliseconds. */
export const UNCLAIMED_MS = 5000

type Options = {
  bind?: Bind
  /** How long after its return the master becomes the owner again, in milliseconds; null for never. */
  failbackMs?: number | null
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/**
 * Decides address ownership within the supervisor, for nodes on this machine. It binds the sockets of each HA IP and hands them to
 * every node that claims it; only the owner listens on them. They stay open here as long as any node claims them, so the kernel
 * queues new connections while ownership changes.
 */
export class InProcessOwnership implements AddressOwnership {
  onTakeover: (takeover: Failover) => void = () => {}
  readonly #lbs = new Map<string, LbOwnership>()
  readonly #sockets: PortSockets
  readonly #failbackMs: number | null
  readonly #now: () => number
  #isAdopting = false

  constructor({
    bind = bindSockets,
    failbackMs = null,
    now = () => performance.now(),
  }: Options = {}) {
    this.#sockets = new PortSockets(bind)
    this.#failbackMs = failbackMs
    this.#now = now
  }

  claim(worker: NodeWorker, { lb_id, address, ports, master }: Claim): void {
    const ownership = this.#ownershipOf(lb_id, worker, master)
    if (ownership.claimants.size === 0) ownership.clearTimer()
    ownership.master = master
    const before = ownership.claimants.get(worker)
    const claimed = new Set(ports)
    const kept = before?.address === address ? [...before.shards] : []
    const shards = new Map(kept.filter(([port]) => claimed.has(port)))
    ownership.claimants.set(worker, { worker, address, ports: claimed, shards })
    if (this.#isAdopting) return
    this.#closeUnclaimed(ownership)
    if (!ownership.owner) this.#awaitMaster(ownership)
    else if (!before && ownership.owner.node === worker.node) activate([ownership], worker)
    distributeSockets(ownership, this.#sockets)
    this.#awaitFailback(ownership)
  }

  release(worker: NodeWorker, lbId: string): void {
    const ownership = this.#lbs.get(lbId)
    if (ownership?.claimants.has(worker)) this.#drop([ownership], worker, null)
  }

  /** Ownership depends on claims only. */
  ready(): void {}

  accepting(worker: NodeWorker, lbId: string): void {
    const ownership = this.#lbs.get(lbId)
    const { owner, interruption } = ownership ?? {}
    if (!ownership?.claimants.has(worker) || owner?.node !== worker.node || !interruption) return
    ownership.interruption = null
    const { id, from, reason, at, onEnd } = interruption
    const to = worker.cluster
    const gap_ms = this.#now() - at
    const takeover: Failover = { id, lb_id: lbId, at: owner.since, from, to, reason, gap_ms }
    if (onEnd) onEnd(takeover)
    else this.onTakeover(takeover)
  }

  stoppedAccepting(worker: NodeWorker, lbId: string): void {
    const ownership = this.#lbs.get(lbId)
    const claimant = ownership?.claimants.get(worker)
    if (!ownership || !claimant) return
    claimant.shards.clear()
    this.#onStopped(ownership, worker)
    distributeSockets(ownership, this.#sockets)
  }

  ended(worker: NodeWorker, loss: OwnershipLoss = { reason: 'ended', at: this.#now() }): void {
    const claimed = [...this.#lbs.values()].filter(({ claimants }) => claimants.has(worker))
    this.#drop(claimed, worker, loss)
  }

  beginAdoption(): void {
    this.#isAdopting = true
  }

  adoptSocket(worker: NodeWorker, lbId: string, shard: Shard, socket: BoundSocket): void {
    const ownership = this.#ownershipOf(lbId, worker, worker.cluster)
    const { address, port } = shard
    this.#sockets.adopt(lbId, shard, socket)
    const claimant = ownership.claimants.get(worker) ?? {
      worker,
      address,
      ports: new Set(),
      shards: new Map(),
    }
    ownership.claimants.set(worker, claimant)
    claimant.shards.set(port, (claimant.shards.get(port) ?? new Set()).add(shard.shard))
  }

  adoptOwner({ node, cluster }: NodeWorker, { lb_id, since, failover_id }: Activation): void {
    const ownership = this.#lbs.get(lb_id)
    if (ownership) ownership.owner = { node, cluster, since, failoverId: failover_id }
  }

  endAdoption(): void {
    this.#isAdopting = false
    this.#sockets.closeGaps()
    // Their clients are waiting already, so these come first.
    this.#nameOwners([...this.#lbs.values()].filter(({ owner }) => owner === null))
    for (const ownership of this.#lbs.values()) {
      this.#closeUnclaimed(ownership)
      distributeSockets(ownership, this.#sockets)
    }
  }

  async switchOver(lbId: string, to?: Cluster): Promise<SwitchoverResult> {
    const plan = planSwitchover(this.#lbs.get(lbId), to)
    if ('problem' in plan) return { lbId, ...plan }
    const interruption = startSwitchover(plan.ownership, plan.node, this.#now())
    plan.ownership.isPinned = true
    return resultOf(lbId, interruption)
  }

  drain(node: NodeName): Promise<SwitchoverResult[]> {
    const owned = [...this.#lbs.values()].filter(({ owner }) => owner?.node === node)
    return Promise.all(owned.map(({ lbId }) => this.switchOver(lbId)))
  }

  rebalance(region: Region): Promise<SwitchoverResult[]> {
    const away = [...this.#lbs.values()].filter(
      (one) => one.region === region && one.owner && one.owner.cluster !== one.master,
    )
    return Promise.all(away.map(({ lbId, master }) => this.switchOver(lbId, master)))
  }

  ownerOf(lbId: string): NodeName | null {
    return this.#lbs.get(lbId)?.owner?.node ?? null
  }

  recover(): void {
    if (this.#isAdopting) return
    forEachContained('takeover', [...this.#lbs.values()], (ownership) => this.#recover(ownership))
  }

  close(): void {
    for (const ownership of this.#lbs.values()) ownership.clearTimer()
    this.#lbs.clear()
    this.#sockets.close()
  }

  /** Replaces an owner that no longer claims the address, and sends owners and stopping workers their orders again. */
  #recover(ownership: LbOwnership): void {
    const { owner, switchover } = ownership
    if (owner && !ownership.isClaimedBy(owner.node)) {
      ownership.loseOwner({ reason: 'ended', at: this.#now() })
    }
    for (const worker of switchover?.stopping ?? []) {
      if (ownership.claimants.has(worker)) askToStop(ownership, worker)
      else switchover?.stopping.delete(worker)
    }
    if (ownership.claimants.size === 0) {
      if (!ownership.hasTimer) ownership.startTimer(() => this.#forget(ownership), UNCLAIMED_MS)
    } else if (switchover?.stopping.size === 0) this.#nameOwners([ownership])
    else if (!ownership.owner) this.#awaitMaster(ownership)
    else
      for (const worker of ownership.workersOf(ownership.owner.node)) activate([ownership], worker)
    distributeSockets(ownership, this.#sockets)
  }

  #ownershipOf(lbId: string, { region }: NodeWorker, master: Cluster): LbOwnership {
    const ownership = this.#lbs.get(lbId) ?? new LbOwnership(lbId, region, master)
    this.#lbs.set(lbId, ownership)
    return ownership
  }

  /**
   * Removes a worker's claims, and names new owners.
   * @param loss null if the worker released the addresses, because its configuration no longer has them
   */
  #drop(claimed: LbOwnership[], worker: NodeWorker, loss: OwnershipLoss | null): void {
    // Clients are waiting, so all new owners are named first.
    const lost = claimed.filter((ownership) => {
      ownership.claimants.delete(worker)
      return ownership.owner?.node === worker.node && !ownership.isClaimedBy(worker.node)
    })
    for (const ownership of lost) ownership.loseOwner(loss)
    this.#nameOwners(lost)
    for (const ownership of claimed) {
      const { interruption, switchover } = ownership
      if (loss && interruption && switchover?.stopping.has(worker)) {
        // The worker may have hung before it was asked to stop.
        interruption.at = Math.min(interruption.at, loss.at)
      }
      this.#onStopped(ownership, worker)
      // The remaining workers may have to accept from its sockets.
      distributeSockets(ownership, this.#sockets)
      if (ownership.claimants.size > 0) this.#closeUnclaimed(ownership)
      else if (loss) ownership.startTimer(() => this.#forget(ownership), UNCLAIMED_MS)
      else this.#forget(ownership)
    }
  }

  #forget(ownership: LbOwnership): void {
    ownership.clearTimer()
    this.#lbs.delete(ownership.lbId)
    this.#closeUnclaimed(ownership)
  }

  /** Names the owners of addresses without one: the preferred node, the target of the switchover, or the first that claims it. */
  #nameOwners(all: LbOwnership[], preferred?: NodeName): void {
    const named = new Map<NodeWorker, LbOwnership[]>()
    for (const ownership of this.#isAdopting ? [] : all) {
      for (const worker of ownership.owner ? [] : ownership.nameOwner(preferred)) {
        const owned = named.get(worker) ?? []
        owned.push(ownership)
        named.set(worker, owned)
      }
    }
    // One message for all load balancers of a worker.
    for (const [worker, ownerships] of named) activate(ownerships, worker)
  }

  /** Makes the master the owner once it claims the address, or another node after the grace period. */
  #awaitMaster(ownership: LbOwnership): void {
    if (ownership.switchover) return
    const workers = [...ownership.claimants.keys()]
    const master = workers.find(({ cluster }) => cluster === ownership.master)
    // During an interruption clients are waiting, so any node becomes the owner at once.
    if (master || ownership.interruption) {
      this.#nameOwners([ownership], master?.node)
      return
    }
    if (ownership.hasTimer) return
    ownership.startTimer(() => {
      this.#nameOwners([ownership])
      distributeSockets(ownership, this.#sockets)
    }, MASTER_GRACE_MS)
  }

  /** A worker has stopped accepting. If it was the previous owner's last one, the target of the switchover becomes the owner. */
  #onStopped(ownership: LbOwnership, worker: NodeWorker): void {
    const { switchover } = ownership
    if (!switchover?.stopping.delete(worker) || switchover.stopping.size > 0) return
    this.#nameOwners([ownership])
  }

  #awaitFailback(ownership: LbOwnership): void {
    const target = () => (ownership.mayFailBack ? ownership.readyNode(ownership.master) : null)
    if (this.#failbackMs === null || ownership.hasTimer || !target()) return
    ownership.startTimer(() => {
      const node = target()
      if (node) startSwitchover(ownership, node, this.#now())
    }, this.#failbackMs)
  }

  /** Closes sockets that no node claims any more, and binds their ports for load balancers that waited for them. */
  #closeUnclaimed(ownership: LbOwnership): void {
    const { lbId } = ownership
    for (const waiting of this.#sockets.closeUnclaimed(lbId, ownership.claimed())) {
      const next = this.#lbs.get(waiting)
      if (next) distributeSockets(next, this.#sockets)
    }
  }
}

/** Tells a worker that its node is the owner. */
function activate(ownerships: LbOwnership[], worker: NodeWorker): void {
  const lbs = ownerships.flatMap(({ lbId, owner }): Activation[] =>
    owner ? [{ lb_id: lbId, since: owner.since, failover_id: owner.failoverId }] : [],
  )
  worker.send({ type: 'activate', lbs })
}
