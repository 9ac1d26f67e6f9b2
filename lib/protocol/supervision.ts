import type { Failover } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { EgressPolicy } from './egress-policy.ts'
import type { HostOrder, HostReport, LostLb } from './host-link.ts'
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

/** A node's activation for a load balancer: since when (RFC 3339), and by which failover, if any. */
export type Activation = { lb_id: string; since: string; failover_id?: string }

export type NodeToSupervisor =
  | { type: 'ready' }
  /** The event loop runs. Sent every `heartbeat_ms`. */
  | { type: 'heartbeat' }
  /** The process shuts down, and releases its addresses. */
  | { type: 'stopping' }
  /** Claims the sockets of all ports of a load balancer. Replaces the previous claim. */
  | {
      type: 'claim'
      lb_id: string
      address: string
      ports: number[]
      master: Cluster
      carriage?: Carriage | null
    }
  /** Releases all sockets of a load balancer. */
  | { type: 'release'; lb_id: string }
  /** Accepts connections for a load balancer. */
  | { type: 'accepting'; lb_id: string }
  /** Identifies this process to a supervisor that adopts it. */
  | { type: 'here'; node: NodeName; worker: number; workers: number }
  /** One of this process's sockets, as the message's handle. Response to `tell`, as are claims and `is_active`; `all_told` is the last. */
  | { type: 'has'; lb_id: string; address: string; port: number; shard: number }
  /** Its node is active for a load balancer, as `activate` said. */
  | ({ type: 'is_active' } & Activation)
  | { type: 'all_told' }
  /** This process has stopped accepting for a load balancer, and has closed its sockets. */
  | { type: 'yielded'; lb_id: string }
  /** Requests a grant to apply configurations. `apply_granted` follows when no other process of the region is applying. */
  | { type: 'apply_request' }
  /** Ends the grant. */
  | { type: 'apply_done' }
  /** A quarantined load balancer is deleted, or a newer generation of it runs and is saved. */
  | { type: 'quarantine_over'; lb_id: string }

export type SupervisorToNode =
  /** One of a claimed port's sockets, as the message's handle. A port has as many as its node has workers. */
  | { type: 'socket'; lb_id: string; address: string; port: number; shard: number }
  /** Close this socket: the worker that it belongs to has it now. */
  | { type: 'socket_withdrawn'; lb_id: string; address: string; port: number; shard: number }
  | { type: 'socket_failed'; lb_id: string; address: string; port: number; code: SocketErrorCode }
  /** Listen and accept on these load balancers' sockets, also on those that are sent later. */
  | { type: 'activate'; lbs: Activation[] }
  /** Listen on these load balancers' sockets for a takeover; another host is active. */
  | { type: 'stand_by'; lb_ids: string[] }
  /** Stop accepting, then send `yielded`. Connections in progress complete. */
  | { type: 'deactivate'; lb_id: string }
  /** Apply configurations, then send `apply_done`. Wait `for_ms` milliseconds before you apply the `deferred` ones: the other node has just exited because of them. */
  | { type: 'apply_granted'; deferred: { lb_id: string; generation: number; for_ms: number }[] }
  /** All generations in quarantine on this node. Replaces the previous list. */
  | { type: 'quarantine'; lbs: QuarantinedLb[] }
  /**
   * Adoption: the settings of the new supervisor replace those of the one that has ended. The message keeps the name that nodes of
   * earlier versions know.
   */
  | {
      type: 'take_over'
      /** The first of `api_urls`, for nodes of earlier versions. */
      api_url: string
      /** Supervisors of earlier versions don't send it. */
      api_urls?: string[]
      /** Null on a joined host. */
      credential: string | null
      heartbeat_ms: number
      /** Supervisors of earlier versions don't send it. */
      egress?: EgressPolicy
    }
  /** The URLs of all control planes. Replaces the previous list. Nodes of earlier versions ignore it. */
  | { type: 'control_planes'; api_urls: string[] }
  /** Report your claims, sockets and activations. */
  | { type: 'tell' }
  /** Shut down: accept nothing new, give connections in progress a moment to complete, then exit with 0. */
  | { type: 'stop' }

/** The control plane's exit code if it can't start because its database is away or refuses it: EX_TEMPFAIL of sysexits.h. */
export const DATABASE_AWAY_EXIT = 75

export type ControlPlaneToSupervisor =
  | { type: 'ready' }
  /** The regions that need their two nodes: they have load balancers, or a backend is tested there. */
  | { type: 'regions'; regions: Region[] }
  /** There is no account yet; `token` is the secret of the one-time link. */
  | { type: 'setup_needed'; token: string }
  /** Switch a load balancer over to the other node, or to the node of a cluster. `moved` with the same ID follows. */
  | { type: 'switch_over'; id: string; lb_id: string; to?: Cluster }
  /** Switch over all load balancers that a node owns, so that it can be maintained. `moved` follows. */
  | { type: 'drain_node'; id: string; node: NodeName }
  /** Switch every load balancer of a region back to its master. `moved` follows. */
  | { type: 'rebalance'; id: string; region: Region }
  /** An order for this machine as the host of one of its nodes. */
  | { type: 'host_order'; node: NodeName; order: HostOrder }

/** A node with a hung process that is not killed before `until` (RFC 3339), because the region's other node was killed recently. */
export type HungNode = { node: NodeName; reason: HangReason; until: string }

export type SupervisorToControlPlane =
  | { type: 'stop' }
  /** All nodes that the supervisor runs. Replaces the previous list. The first list is in the control plane's settings. */
  | { type: 'nodes'; nodes: NodeRegistration[] }
  /** All hung nodes that are not killed yet. Replaces the previous list. */
  | { type: 'hung'; nodes: HungNode[] }
  /** Takeovers that no order asked for. While the control plane is down they are buffered, and sent when it is ready. */
  | {
      type: 'failed_over'
      failovers: Failover[]
      /** What this machine has lost to other hosts. */
      lost?: LostLb[]
    }
  /** The result of an order: the takeovers, and a sentence about what could not be switched over; null if everything was. */
  | { type: 'moved'; id: string; failovers: Failover[]; problem: string | null }
  /** What this machine reports as the host of one of its nodes. */
  | { type: 'host_report'; node: NodeName; report: HostReport }

/** The messages that the console gets. */
export type SupervisorToChild = { type: 'stop' }
