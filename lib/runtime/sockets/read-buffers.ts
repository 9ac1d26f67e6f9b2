/**
 * Where connections read into. All share one buffer, as what is read is used at once; one that brings bulk gets a
 * larger one of its own, so that its bytes can be written from where they are.
 */

export const SHARED_BYTES = 64 * 1024
const BULK_BYTES = 128 * 1024
/** Of those that nobody uses, for the next one. */
const SPARE_MAX = 16

export const sharedBuffer = Buffer.allocUnsafeSlow(SHARED_BYTES)

/** A buffer that one connection reads into, or that bytes wait in to be written. */
export class BulkBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(BULK_BYTES)
  /** Reader and writes that use it. */
  uses = 0
}

const spare: BulkBuffer[] = []

export function takeBulkBuffer(): BulkBuffer {
  const buffer = spare.pop() ?? new BulkBuffer()
  buffer.uses = 1
  return buffer
}

/** A reader or a write is done with it. */
export function releaseBulkBuffer(buffer: BulkBuffer): void {
  buffer.uses -= 1
  if (buffer.uses === 0 && spare.length < SPARE_MAX) spare.push(buffer)
}

/** The large buffer that is being read from, while its reader is told. */
let beingRead: BulkBuffer | null = null

/** Tells a reader, and answers what was being read from before, to be given back to `endReading`. */
export function beginReading(buffer: BulkBuffer | null): BulkBuffer | null {
  const before = beingRead
  beingRead = buffer
  if (buffer) buffer.uses += 1
  return before
}

export function endReading(before: BulkBuffer | null): void {
  if (beingRead) releaseBulkBuffer(beingRead)
  beingRead = before
}

/** The large buffer that these bytes are in, if that is where they were just read into. */
export function bulkBufferOf(bytes: Buffer): BulkBuffer | null {
  return beingRead && bytes.buffer === beingRead.bytes.buffer ? beingRead : null
}

/** The same bytes, in memory of their own where the next read would overwrite them. */
export function keep(bytes: Buffer): Buffer {
  const borrowed = bytes.buffer === sharedBuffer.buffer || bulkBufferOf(bytes) !== null
  return borrowed ? Buffer.from(bytes) : bytes
}
