import type { Failover } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { EgressPolicy } from './egress-policy.ts'
import type { HostOrder, HostReport } from './host-link.ts'
import type { NodeName } from './node-name.ts'
import type { NodeRegistration } from './node-registration.ts'
import type { Carriage } from './pair.ts'
import type { HangReason, QuarantinedLb } from './quarantine.ts'

/**
 * The messages between the supervisor and its children, over Node's own IPC channel (trusted, so not validated).
 * A socket travels beside `socket` as the message's handle: bound, not listening.
 */

/** Why a socket could not be bound or listened on: the system's error code. */
export type SocketErrorCode = 'EACCES' | 'EADDRINUSE' | 'EADDRNOTAVAIL' | (string & {})

/** That a node is active for a load balancer: since when, RFC 3339, and by which failover, if any. */
export type Activation = { lb_id: string; since: string; failover_id?: string }

export type NodeToSupervisor =
  | { type: 'ready' }
  /** Says that the event loop turns. Sent all the time. */
  | { type: 'heartbeat' }
  /** The process was asked to end, and gives up what it holds. */
  | { type: 'stopping' }
  /** Wants the sockets of a load balancer: all its ports, replacing what it claimed before. */
  | {
      type: 'claim'
      lb_id: string
      address: string
      ports: number[]
      master: Cluster
      carriage?: Carriage | null
    }
  /** Gives all of a load balancer's sockets up. */
  | { type: 'release'; lb_id: string }
  /** Accepts what comes to a load balancer. */
  | { type: 'accepting'; lb_id: string }
  /** To a supervisor that takes over: which process this is. */
  | { type: 'here'; node: NodeName; worker: number; workers: number }
  /** What it has, up to `all_told`, beside its claims: one of its sockets, as the message's handle. */
  | { type: 'has'; lb_id: string; address: string; port: number; shard: number }
  /** Its node is active for a load balancer, as `activate` said. */
  | ({ type: 'is_active' } & Activation)
  | { type: 'all_told' }
  /** Does not accept any more what comes to a load balancer, and holds its sockets no longer. */
  | { type: 'yielded'; lb_id: string }
  /** Asks to apply configurations. Answered by `apply_granted` when no other process of the region is applying. */
  | { type: 'apply_request' }
  /** Ends the grant. */
  | { type: 'apply_done' }
  /** A quarantined load balancer is deleted, or a newer generation of it runs and is saved. */
  | { type: 'quarantine_over'; lb_id: string }

export type SupervisorToNode =
  /** One of a claimed port's sockets, as the message's handle. A port has as many as its node has workers. */
  | { type: 'socket'; lb_id: string; address: string; port: number; shard: number }
  /** Close it: the worker whose it is has it now. */
  | { type: 'socket_withdrawn'; lb_id: string; address: string; port: number; shard: number }
  | { type: 'socket_failed'; lb_id: string; address: string; port: number; code: SocketErrorCode }
  /** Listen and accept on these load balancers' sockets, also on those that are sent later. */
  | { type: 'activate'; lbs: Activation[] }
  /** Listen on these load balancers' sockets for a takeover; another host is active. */
  | { type: 'stand_by'; lb_ids: string[] }
  /** Stop accepting, and say `yielded`; connections in progress complete. */
  | { type: 'deactivate'; lb_id: string }
  /** Apply configurations, then send `apply_done`. Wait `for_ms` milliseconds with the `deferred` ones: they have just ended the other node. */
  | { type: 'apply_granted'; deferred: { lb_id: string; generation: number; for_ms: number }[] }
  /** All generations in quarantine on this node; replaces the former list. */
  | { type: 'quarantine'; lbs: QuarantinedLb[] }
  /**
   * Adoption: the settings of the new supervisor replace those of the one that has ended. The message keeps the name that nodes of
   * earlier versions know.
   */
  | {
      type: 'take_over'
      api_url: string
      /** Null on a joined host. */
      credential: string | null
      heartbeat_ms: number
      /** Supervisors of earlier versions don't send it. */
      egress?: EgressPolicy
    }
  /** Say what you have. */
  | { type: 'tell' }
  /** End: nothing new, a moment for what is in progress, exit 0. */
  | { type: 'stop' }

export type ControlPlaneToSupervisor =
  | { type: 'ready' }
  /** The regions that need their two nodes: they have load balancers, or a backend is tested there. */
  | { type: 'regions'; regions: Region[] }
  /** There is no account yet; `token` is the secret of the one-time link. */
  | { type: 'setup_needed'; token: string }
  /** Have a load balancer's other node accept, or that of the named cluster. Answered by `moved` with the same id. */
  | { type: 'switch_over'; id: string; lb_id: string; to?: Cluster }
  /** Have the other node accept all that this one accepts, so that it can be maintained. Answered by `moved`. */
  | { type: 'drain_node'; id: string; node: NodeName }
  /** Have every load balancer of a region accepted by its master again. Answered by `moved`. */
  | { type: 'rebalance'; id: string; region: Region }
  /** An order for this machine as the host of one of its nodes. */
  | { type: 'host_order'; node: NodeName; order: HostOrder }

/** A node with a hung process that is not killed before `until` (RFC 3339), because the region's other node has just been. */
export type HungNode = { node: NodeName; reason: HangReason; until: string }

export type SupervisorToControlPlane =
  | { type: 'stop' }
  /** All nodes that the supervisor runs; replaces the former list. The first list is in its settings. */
  | { type: 'nodes'; nodes: NodeRegistration[] }
  /** All nodes that hang and are not killed yet; replaces the former list. */
  | { type: 'hung'; nodes: HungNode[] }
  /** What has failed over by itself; told once the control plane is ready, where it was away. */
  | { type: 'failed_over'; failovers: Failover[] }
  /** The answer to an order: what moved, and in a person's words what could not; null where all is done. */
  | { type: 'moved'; id: string; failovers: Failover[]; problem: string | null }
  /** What this machine reports as the host of one of its nodes. */
  | { type: 'host_report'; node: NodeName; report: HostReport }

/** What the supervisor may tell the console. */
export type SupervisorToChild = { type: 'stop' }
