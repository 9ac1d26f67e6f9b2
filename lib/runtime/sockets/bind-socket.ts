import * as net from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { SocketHandle } from './listener-source.ts'

type BoundHandle = SocketHandle & { getsockname(out: { port?: number }): number }

// Node's cluster module is built on it; no public function binds without listening.
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(
    address: string,
    port: number,
    addressType: 4,
    fd: null,
    flags: number,
  ): BoundHandle | number
}

/** libuv's `UV_TCP_REUSEPORT`. */
const REUSE_PORT = 2

/**
 * Binds a TCP socket without listening.
 * @param port 0 for any
 * @param options.reusePort whether other sockets may be bound to the port (SO_REUSEPORT)
 * @returns the socket and its port, or the system's error code
 */
export function bindSocket(
  address: string,
  port: number,
  { reusePort = false } = {},
): { handle: SocketHandle; port: number } | { code: string } {
  const handle = createServerHandle(address, port, 4, null, reusePort ? REUSE_PORT : 0)
  if (typeof handle === 'number') return { code: getSystemErrorName(handle) }
  // libuv reports a port in use late: the handle exists, but is not bound to the port.
  const name: { port?: number } = {}
  const error = handle.getsockname(name)
  if (error === 0 && name.port && (port === 0 || name.port === port)) {
    return { handle, port: name.port }
  }
  handle.close()
  return { code: 'EADDRINUSE' }
}
