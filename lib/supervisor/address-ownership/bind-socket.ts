import { getSystemErrorName } from 'node:util'
import { bindTcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { SocketErrorCode } from '#lib/protocol/supervision.ts'

/**
 * A TCP socket that is bound but does not listen: Node's raw handle, which can be sent to a child process. The
 * child that listens on it accepts from the kernel socket they share, which lives on when that child is killed.
 */
export type BoundSocket = {
  getsockname(out: { address?: string; port?: number }): number
  close(): void
}

/** Binds `count` sockets to a port. @returns them, or the error that prevents it */
export function bindSockets(
  address: string,
  port: number,
  count: number,
): BoundSocket[] | { code: SocketErrorCode } {
  const alone = bindSocket(address, port, false)
  if ('code' in alone) return alone
  if (count === 1) return [alone]
  // The first bind proves that no other program owns the port; the sockets share it by SO_REUSEPORT.
  alone.close()
  const sockets: BoundSocket[] = []
  while (sockets.length < count) {
    const socket = bindSocket(address, port, true)
    if ('code' in socket) {
      for (const bound of sockets) bound.close()
      return socket
    }
    sockets.push(socket)
  }
  return sockets
}

function bindSocket(
  address: string,
  port: number,
  reusePort: boolean,
): BoundSocket | { code: SocketErrorCode } {
  const handle = bindTcpHandle(address, port, { reusePort })
  if (typeof handle === 'number') return { code: getSystemErrorName(handle) }
  // libuv reports a port in use late: it returns a handle that is bound to nothing.
  const name: { port?: number } = {}
  const error = handle.getsockname(name)
  if (error === 0 && name.port === port) return handle
  handle.close()
  return { code: 'EADDRINUSE' }
}
