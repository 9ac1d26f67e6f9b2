import type { Cluster, Region } from '#lib/core/locality.ts'

/**
 * The messages between the supervisor and its children, over Node's own IPC channel (trusted, so not validated).
 * A socket travels beside `socket` as the message's handle: bound, not listening.
 */

/** Why a socket could not be bound or listened on: the system's error code. */
export type SocketErrorCode = 'EACCES' | 'EADDRINUSE' | 'EADDRNOTAVAIL' | (string & {})

export type NodeToSupervisor =
  | { type: 'ready' }
  /** Says that the event loop turns. Sent every `HEARTBEAT_INTERVAL_MS`. */
  | { type: 'heartbeat' }
  /** Wants the sockets of a load balancer: all its ports, replacing what it claimed before. */
  | { type: 'claim'; lb_id: string; address: string; ports: number[]; master: Cluster }
  /** Gives all of a load balancer's sockets up. */
  | { type: 'release'; lb_id: string }

export type SupervisorToNode =
  /** One of a claimed port's sockets, as the message's handle. A port has as many as its node has workers. */
  | { type: 'socket'; lb_id: string; address: string; port: number; shard: number }
  /** Close it: the worker whose it is has it now. */
  | { type: 'socket_withdrawn'; lb_id: string; address: string; port: number; shard: number }
  | { type: 'socket_failed'; lb_id: string; address: string; port: number; code: SocketErrorCode }
  /** Listen and accept on the load balancer's sockets, those that come later too: its node is active since then, RFC 3339. */
  | { type: 'activate'; lb_id: string; since: string }
  /** Stop accepting; connections in progress complete. */
  | { type: 'deactivate'; lb_id: string }
  /** End: nothing new, a moment for what is in progress, exit 0. */
  | { type: 'stop' }

export type ControlPlaneToSupervisor =
  | { type: 'ready' }
  /** The regions that need their two nodes: they have load balancers, or a backend is tested there. */
  | { type: 'regions'; regions: Region[] }
  /** There is no account yet; `token` is the secret of the one-time link. */
  | { type: 'setup_needed'; token: string }

/** What the supervisor may tell the control plane and the console. */
export type SupervisorToChild = { type: 'stop' }

export const HEARTBEAT_INTERVAL_MS = 50
