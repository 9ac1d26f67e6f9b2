/**
 * Read buffers. All connections share one, because data is used before the next read. A connection that fills it gets a larger bulk
 * buffer of its own, so that the data can be written from there without a copy.
 */

export const SHARED_BYTES = 64 * 1024
const BULK_BYTES = 128 * 1024
/** Unused bulk buffers that are kept for other connections. */
const SPARE_MAX = 16

export const sharedBuffer = Buffer.allocUnsafeSlow(SHARED_BYTES)

/** A buffer that one connection reads into, or that pending writes read from. */
export class BulkBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(BULK_BYTES)
  /** The number of its users: the reader, and pending writes. */
  uses = 0
}

const spare: BulkBuffer[] = []

export function takeBulkBuffer(): BulkBuffer {
  const buffer = spare.pop() ?? new BulkBuffer()
  buffer.uses = 1
  return buffer
}

/** Ends one use. */
export function releaseBulkBuffer(buffer: BulkBuffer): void {
  buffer.uses -= 1
  if (buffer.uses === 0 && spare.length < SPARE_MAX) spare.push(buffer)
}

/** The bulk buffer whose data is being handled. */
let current: BulkBuffer | null = null

/** Starts handling data. @returns the former buffer, for `endReading` */
export function beginReading(buffer: BulkBuffer | null): BulkBuffer | null {
  const outer = current
  current = buffer
  if (buffer) buffer.uses += 1
  return outer
}

export function endReading(outer: BulkBuffer | null): void {
  if (current) releaseBulkBuffer(current)
  current = outer
}

/** The bulk buffer that contains these bytes, if they are part of the data being handled. */
export function bulkBufferOf(bytes: Buffer): BulkBuffer | null {
  return current && bytes.buffer === current.bytes.buffer ? current : null
}

/** The same bytes, copied if the next read would overwrite them. */
export function keep(bytes: Buffer): Buffer {
  const borrowed = bytes.buffer === sharedBuffer.buffer || bulkBufferOf(bytes) !== null
  return borrowed ? Buffer.from(bytes) : bytes
}
