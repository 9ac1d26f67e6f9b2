import type { Socket } from 'node:net'

/** Up to here copying is cheaper than handing the kernel a list, and waiting for company pays. Bytes. */
const SMALL_MAX = 16_384

const waiting = new Map<Socket, Buffer[]>()

/**
 * Writes buffers as one. Small ones wait until every socket that had data in this turn of the event loop has been
 * read: a write wakes who reads at the other end, and that costs much less when it is awake already.
 * @returns whether the socket takes more; if not, it says when by `drain`
 */
export function writeSoon(socket: Socket, buffers: Buffer[]): boolean {
  const before = waiting.get(socket)
  if (sizeOf(buffers) > SMALL_MAX) {
    waiting.delete(socket)
    return write(socket, before ? [...before, ...buffers] : buffers)
  }
  if (before) before.push(...buffers)
  else {
    if (waiting.size === 0) setImmediate(writeAll)
    waiting.set(socket, buffers)
  }
  return !socket.writableNeedDrain
}

/** Writes what waits for this socket, as it is about to be ended or given away. */
export function writeNow(socket: Socket): void {
  const buffers = waiting.get(socket)
  if (!buffers) return
  waiting.delete(socket)
  write(socket, buffers)
}

function writeAll(): void {
  for (const [socket, buffers] of waiting) {
    waiting.delete(socket)
    write(socket, buffers)
  }
}

function write(socket: Socket, buffers: Buffer[]): boolean {
  const [only] = buffers
  // It may have been closed meanwhile, by either side.
  if (!only || !socket.writable) return true
  if (buffers.length === 1) return socket.write(only)
  const size = sizeOf(buffers)
  if (size <= SMALL_MAX) return socket.write(Buffer.concat(buffers, size))
  socket.cork()
  let takesMore = true
  for (const buffer of buffers) takesMore = socket.write(buffer)
  socket.uncork()
  return takesMore
}

function sizeOf(buffers: Buffer[]): number {
  let size = 0
  for (const buffer of buffers) size += buffer.length
  return size
}
