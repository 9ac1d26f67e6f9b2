import { CR, LF, SPACE } from './characters.ts'
import { HttpError } from './http-error.ts'

export const HEAD_MAX_BYTES = 16 * 1024
export const TARGET_MAX_BYTES = 8 * 1024
const END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** Collects the bytes of a head, which may arrive in any number of reads. */
export class HeadBuffer {
  #partial: Buffer = EMPTY
  #skippedLineBreak = false

  /** Whether a part of a head has arrived. */
  get partial(): boolean {
    return this.#partial.length > 0
  }

  /**
   * Adds the next bytes.
   * @returns the head with its final empty line, and the bytes after it; null while it is incomplete. A head that arrived in one
   *   chunk is a slice of it.
   * @throws HttpError 431 for a head over 16 KiB, 414 for a target over 8 KiB, 400 for a line that does not end in CRLF
   */
  push(chunk: Buffer): { head: Buffer; rest: Buffer } | null {
    const buffered = this.#partial.length
    let bytes = buffered === 0 ? chunk : Buffer.concat([this.#partial, chunk])
    // A server should ignore one empty line before a request (RFC 9112 section 2.2).
    if (bytes[0] === CR && bytes[1] === LF && !this.#skippedLineBreak) {
      this.#skippedLineBreak = true
      bytes = bytes.subarray(2)
    }
    const end = bytes.indexOf(END, Math.max(0, buffered - END.length))
    if ((end < 0 ? bytes.length : end) > HEAD_MAX_BYTES) checkSize(bytes, end)
    if (end < 0) {
      checkLineEnds(bytes, Math.max(0, buffered - 1))
      if (isTargetTooLong(bytes)) throw tooLarge(bytes)
      // A copy: the next read overwrites the chunk.
      this.#partial = buffered === 0 ? Buffer.from(bytes) : bytes
      return null
    }
    this.#partial = EMPTY
    this.#skippedLineBreak = false
    return { head: bytes.subarray(0, end + END.length), rest: bytes.subarray(end + END.length) }
  }
}

/** @param end of the head without its final empty line; negative if that has not arrived */
function checkSize(bytes: Buffer, end: number): void {
  if (end > HEAD_MAX_BYTES || bytes.length - partialEndLength(bytes) > HEAD_MAX_BYTES)
    throw tooLarge(bytes)
}

/** The number of trailing bytes that may start the final empty line, which does not count towards the size. */
function partialEndLength(bytes: Buffer): number {
  let count = END.length - 1
  while (count > 0 && bytes.indexOf(END.subarray(0, count), -count) < 0) count -= 1
  return count
}

/** Checks an incomplete head, so that a bare LF is refused without waiting for the rest. */
function checkLineEnds(bytes: Buffer, start: number): void {
  for (let lf = bytes.indexOf(LF, start); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf - 1] !== CR) throw new HttpError(400, 'A line does not end in CRLF.')
  }
}

function tooLarge(bytes: Buffer): HttpError {
  return isTargetTooLong(bytes)
    ? new HttpError(414, `The address is longer than ${TARGET_MAX_BYTES / 1024} KiB.`)
    : new HttpError(431, `The header is larger than ${HEAD_MAX_BYTES / 1024} KiB.`)
}

/** Whether the target, between the first two spaces of the first line, is too long already. */
function isTargetTooLong(bytes: Buffer): boolean {
  if (bytes.length <= TARGET_MAX_BYTES) return false
  const lineEnd = bytes.indexOf(LF)
  const line = lineEnd < 0 ? bytes : bytes.subarray(0, lineEnd)
  const start = line.indexOf(SPACE) + 1
  const end = line.indexOf(SPACE, start)
  return start > 0 && (end < 0 ? line.length : end) - start > TARGET_MAX_BYTES
}
