import type { FailoverReason } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { BoundSocket } from './bind-socket.ts'

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

/** Why a node lost ownership, and when it was last heard on the supervisor's clock, in milliseconds. */
export type OwnershipLoss = { reason: FailoverReason; at: number }
