import { reportFault } from '#lib/process/faults.ts'
import {
  lastWriteIsPending,
  type TcpHandle,
  type WriteRequest,
  WriteWrap,
} from '#lib/process/node-internals/tcp-handle.ts'
import { isLatin1 } from '../latin1.ts'
import { type BulkBuffer, releaseBulkBuffer } from './read-buffers.ts'

/** The owner of a write. */
export interface Writer {
  /** A pending write has completed. */
  onWritten(status: number): void
  reset(): void
}

type Write = WriteRequest & {
  writer: Writer | null
  buffer: BulkBuffer | null
  /** Keeps the memory alive while the handle writes from it. */
  bytes: Buffer | null
}

/** For the next write. A write that completes at once does not use its request. */
let free = newWrite()

/**
 * Writes text (latin1, copied; other text resets the connection) or bytes (kept until they are written).
 * @param buffer contains the bytes, and is released after the write
 * @returns `pending` if `onWritten` follows
 */
export function startWrite(
  writer: Writer,
  handle: TcpHandle,
  what: string | Buffer,
  buffer: BulkBuffer | null = null,
): 'done' | 'pending' | 'failed' {
  if (typeof what === 'string' && !isLatin1(what)) {
    reportFault(new RangeError('Text to be written has characters beyond latin1.'))
    writer.reset()
    return 'failed'
  }
  const write = free
  const error =
    typeof what === 'string'
      ? handle.writeLatin1String(write, what)
      : handle.writeBuffer(write, what)
  if (error === 0 && lastWriteIsPending()) {
    free = newWrite()
    write.writer = writer
    write.buffer = buffer
    write.bytes = typeof what === 'string' ? null : what
    return 'pending'
  }
  if (buffer) releaseBulkBuffer(buffer)
  return error === 0 ? 'done' : 'failed'
}

function newWrite(): Write {
  const write = new WriteWrap() as Write
  write.writer = null
  write.buffer = null
  write.bytes = null
  write.oncomplete = onWritten
  return write
}

function onWritten(this: Write, status: number): void {
  const { writer, buffer } = this
  try {
    if (buffer) releaseBulkBuffer(buffer)
    writer?.onWritten(status)
  } catch (fault) {
    reportFault(fault)
    writer?.reset()
  }
}
