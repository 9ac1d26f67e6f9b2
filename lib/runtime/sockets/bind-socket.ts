import { getSystemErrorName } from 'node:util'
import { bindTcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { SocketHandle } from './listener-source.ts'

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
  const handle = bindTcpHandle(address, port, { reusePort })
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
