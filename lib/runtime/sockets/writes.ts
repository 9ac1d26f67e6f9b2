import { reportFault } from '#lib/process/faults.ts'
import {
  lastWriteIsPending,
  type TcpHandle,
  type WriteRequest,
  WriteWrap,
} from '#lib/process/node-internals/tcp-handle.ts'
import { isLatin1 } from '../latin1.ts'
import { type BulkBuffer, releaseBulkBuffer } from './read-buffers.ts'

/** Whose writes they are. */
export interface Writer {
  /** A write that was under way is over. */
  onWritten(status: number): void
  reset(): void
}

type Write = WriteRequest & {
  writer: Writer | null
  buffer: BulkBuffer | null
  /** Memory that the handle writes from, which nobody else may hold. */
  bytes: Buffer | null
}

/** For the next write: one that completed at once never needed its request. */
let free = newWrite()

/**
 * Writes text (latin1, copied; other text resets the connection) or bytes (which are kept until they are written).
 * @param buffer that the bytes are in, if it is to be given back afterwards
 * @returns `pending`: `writer` is told when it is over
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
