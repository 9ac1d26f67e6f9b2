import type { Failover, FailoverReason } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { Carriage } from '#lib/protocol/pair.ts'
import type { Activation, SupervisorToNode } from '#lib/protocol/supervision.ts'

/** One process of a node. The process that replaces it after a restart is another worker. */
export type NodeWorker = {
  readonly node: NodeName
  readonly region: Region
  readonly cluster: Cluster
  /** Its number among the node's workers, from 1, and how many they are. */
  readonly worker: number
  readonly workers: number
  send(message: SupervisorToNode, socket?: BoundSocket): void
}

/** A load balancer's HA IP with all of its ports, and the cluster of its master. */
export type Claim = {
  lb_id: string
  address: string
  ports: number[]
  master: Cluster
  /** The pair of hosts that carries it; null if this host alone does. */
  carriage?: Carriage | null
}

/** Why a node lost ownership, and when it was last heard: milliseconds on the clock of `performance.now()`. */
export type OwnershipLoss = { reason: FailoverReason; at: number }

/** One of a port's sockets, from 1: a port has as many as a node has workers, like `shards` on HAProxy's `bind` line. */
export type Shard = { address: string; port: number; shard: number }

/** How long a backup waits for the master's first claim before it becomes the owner. Milliseconds. */
export const MASTER_GRACE_MS = 1000
/** How long a caller waits for a switchover. A node that takes longer hangs, which its heartbeats show. Milliseconds. */
export const SWITCHOVER_MS_MAX = 5000

/** What became of the switchover of one load balancer; `problem` is a sentence for the person who ordered it. */
export type SwitchoverResult =
  | { lbId: string; failover: Failover }
  | { lbId: string; problem: string }

/**
 * Decides which node may accept connections for each HA IP. Every implementation guarantees:
 *
 * - **Never two owners.** Another node becomes the owner only after the previous one has ended, has released the address, or
 *   has confirmed that it stopped accepting.
 * - **Always an owner** while a node claims the address, except during a switchover or adoption, and for `MASTER_GRACE_MS` after the
 *   first claim if that isn't the master's.
 * - **The owner stays** until it ends, releases the address or is switched over: a master that returns is a backup, unless
 *   failback is configured.
 * - **Each takeover is reported once**, when the new owner confirms that it accepts: to the caller that ordered it, otherwise to
 *   `onTakeover`; in the order of the confirmations. It has the id that `activate` gave to the new owner, and the interruption, measured
 *   on this process's clock.
 * - Messages that no longer apply are ignored: of workers that have ended or released the address, and confirmations that
 *   nothing waits for.
 *
 * `InProcessOwnership` decides by itself and hands sockets to the nodes. An implementation can also follow another program, such
 * as keepalived: it then follows that program's owners, and informs nodes and `onTakeover` in the same way.
 */
export interface AddressOwnership {
  /**
   * A takeover that no caller waits for. `reason` is `ended` and `hung` for a failover, `planned` for a switchover
   * (failback, or one that was ordered and took longer than `SWITCHOVER_MS_MAX`).
   */
  onTakeover: (takeover: Failover) => void

  /** A worker claims an address, replacing its previous claim for that load balancer. Its node may become the owner at once. */
  claim(worker: NodeWorker, claim: Claim): void
  /** A worker gives up an address and accepts nothing on it. If it was the last of the owner, the other node becomes the owner, and no takeover is reported. */
  release(worker: NodeWorker, lbId: string): void
  /** A worker has started, and has claimed what it served before. */
  ready(worker: NodeWorker): void
  /** The owner confirms that it accepts. Ends the interruption. */
  accepting(worker: NodeWorker, lbId: string): void
  /** A worker confirms `deactivate`: it has stopped accepting and closed its sockets. After the last one of the owner, the other node becomes the owner. */
  stoppedAccepting(worker: NodeWorker, lbId: string): void
  /** A worker has ended, or is stopping. The other node becomes the owner of the addresses of which it was the owner's last worker. */
  ended(worker: NodeWorker, loss?: OwnershipLoss): void

  /** Starts adoption: nodes that outlived the previous supervisor report their sockets. No owner is named before `endAdoption`. */
  beginAdoption(): void
  /** A worker has this socket from the previous supervisor. */
  adoptSocket(worker: NodeWorker, lbId: string, shard: Shard, socket: BoundSocket): void
  /** A worker's node is the owner, as the previous supervisor decided. */
  adoptOwner(worker: NodeWorker, activation: Activation): void
  /** Ends adoption: all workers have reported their sockets, or have ended. Addresses without an owner get one. */
  endAdoption(): void

  /** Makes the other node the owner, or the one on that cluster. Resolves within `SWITCHOVER_MS_MAX`. */
  switchOver(lbId: string, to?: Cluster): Promise<SwitchoverResult>
  /** Switches over everything that a node owns, so that it can be maintained. */
  drain(node: NodeName): Promise<SwitchoverResult[]>
  /** Makes masters the owners again, in one region. */
  rebalance(region: Region): Promise<SwitchoverResult[]>

  /** Null while there is none, and during a switchover. */
  ownerOf(lbId: string): NodeName | null

  /** Repairs the state after an exception: checks every owner and sends each order again. Idempotent. */
  recover(): void
  close(): void
}
