import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'

/** A bound TCP socket: Node's raw handle, which can be sent from process to process. */
export type SocketHandle = Pick<TcpHandle, 'listen' | 'close' | 'setNoDelay' | 'onconnection'>

export type Endpoint = { address: string; port: number }

/** One of an endpoint's sockets, numbered from 1: there is one for each worker of the node. */
export type Shard = Endpoint & { shard: number }

/** The ports that a load balancer needs. */
export type Claim = {
  lbId: string
  address: string
  ports: readonly number[]
  /** The cluster whose node accepts unless it fails. */
  master: DesiredConfig['master']
  /** The pair of hosts that carries the address; null on one machine. */
  carriage: DesiredConfig['carriage']
}

/** Holds the sockets of one load balancer. */
export interface SocketHolder {
  /** Its sockets at present. */
  sockets(): Iterable<readonly [Shard, SocketHandle]>
  /** A claimed socket, which the holder closes. It is bound, and listens once the node is active. */
  onSocket(shard: Shard, handle: SocketHandle): void
  /** Another process accepts from this socket from now on: closes it. */
  onSocketWithdrawn(shard: Shard): void
  /** @param code the system's error code */
  onSocketFailed(endpoint: Endpoint, code: string): void
  /** Stops accepting and closes all sockets. The source claims them again. */
  reset(): void
}

/**
 * Where an engine's listening sockets come from: handed over by a supervisor, or bound by the process itself. Sockets arrive
 * after `claim` has returned. Who may accept on them is not decided here but by `activate`, `standBy` and `deactivate`.
 */
export interface ListenerSource {
  /** Claims ports in place of those claimed before. Sockets of ports that stay are kept; those that failed are tried again. */
  claim(claim: Claim, holder: SocketHolder): void
  /** The load balancer needs no sockets any more, and has closed them. */
  release(lbId: string): void
  /** The process ends, and has closed all sockets. */
  releaseAll(): void
  /** The load balancer accepts connections. */
  accepting(lbId: string): void
  /** The load balancer has stopped accepting, and has closed its sockets. The claim stays. */
  yielded(lbId: string): void
}
