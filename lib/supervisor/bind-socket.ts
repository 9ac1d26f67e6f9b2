import * as net from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { SocketErrorCode } from '#lib/config/supervision.ts'

/**
 * A TCP socket that is bound but does not listen: Node's raw handle, which can be sent to a child process. The
 * child that listens on it accepts from the kernel socket they share, which lives on when that child is killed.
 */
export type BoundSocket = {
  getsockname(out: { address?: string; port?: number }): number
  close(): void
}

// Node's cluster module is built on it; there is no public call that binds without listening.
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(address: string, port: number, addressType: 4 | 6): BoundSocket | number
}

/** Binds address:port. Answers the socket, or why it can't be had. */
export function bindSocket(address: string, port: number): BoundSocket | { code: SocketErrorCode } {
  const handle = createServerHandle(address, port, 4)
  if (typeof handle === 'number') return { code: getSystemErrorName(handle) }
  // A port in use shows up late: the handle is then there, but not bound to what was asked for.
  const name: { port?: number } = {}
  const error = handle.getsockname(name)
  if (error === 0 && name.port === port) return handle
  handle.close()
  return { code: 'EADDRINUSE' }
}
