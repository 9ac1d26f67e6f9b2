import type { Socket } from 'node:net'

/** Up to here copying is cheaper than handing the kernel a list. Bytes. */
const COPY_MAX = 16_384

/** Writes buffers as one. @returns whether the socket wants more; if not, it says when by `drain` */
export function writeTogether(socket: Socket, buffers: Buffer[]): boolean {
  const [only] = buffers
  if (!only) return true
  if (buffers.length === 1) return socket.write(only)
  let size = 0
  for (const buffer of buffers) size += buffer.length
  if (size <= COPY_MAX) return socket.write(Buffer.concat(buffers, size))
  socket.cork()
  let wantsMore = true
  for (const buffer of buffers) wantsMore = socket.write(buffer)
  socket.uncork()
  return wantsMore
}
