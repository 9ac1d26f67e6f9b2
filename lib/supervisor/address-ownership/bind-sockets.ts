import { type BoundSocket, bindSocket } from '#lib/process/bind-socket.ts'
import type { SocketErrorCode } from '#lib/protocol/supervision.ts'

/** Binds `count` sockets to a port. @returns them, or the error that prevents it */
export function bindSockets(
  address: string,
  port: number,
  count: number,
): BoundSocket[] | { code: SocketErrorCode } {
  const exclusive = bindSocket(address, port)
  if ('code' in exclusive) return exclusive
  if (count === 1) return [exclusive.handle]
  // The first bind proves that no other program owns the port; the sockets share it by SO_REUSEPORT.
  exclusive.handle.close()
  const sockets: BoundSocket[] = []
  while (sockets.length < count) {
    const bound = bindSocket(address, port, { reusePort: true })
    if ('code' in bound) {
      for (const socket of sockets) socket.close()
      return bound
    }
    sockets.push(bound.handle)
  }
  return sockets
}
