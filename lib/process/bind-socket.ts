import { getSystemErrorName } from 'node:util'
import { bindTcpHandle, type TcpHandle } from './node-internals/tcp-handle.ts'

/**
 * A TCP socket that is bound but does not listen: Node's raw handle, which can be sent to another process. The kernel socket lives
 * on as long as any process has it.
 */
export type BoundSocket = Pick<TcpHandle, 'getsockname' | 'close'>

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
): { handle: TcpHandle; port: number } | { code: string } {
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
