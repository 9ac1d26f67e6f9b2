import { CR, LF, SPACE } from './characters.ts'
import { HttpError } from './http-error.ts'

export const HEAD_MAX_BYTES = 16 * 1024
export const TARGET_MAX_BYTES = 8 * 1024
const END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** Collects the bytes of one head, which may come in any number of chunks. */
export class HeadBuffer {
  #held: Buffer = EMPTY
  #skippedLineBreak = false

  /** Whether part of a head is there. */
  get partial(): boolean {
    return this.#held.length > 0
  }

  /**
   * Takes the next bytes. Answers the head with its closing empty line, and what came behind it, once it is complete.
   * A head that came in one chunk is a slice of it.
   * @throws HttpError 431 for a head over 16 KiB, 414 where its address is over 8 KiB, 400 for lines that don't end in CRLF
   */
  push(chunk: Buffer): { head: Buffer; rest: Buffer } | null {
    const held = this.#held.length
    let bytes = held === 0 ? chunk : Buffer.concat([this.#held, chunk])
    // A server should ignore one empty line before a request (RFC 9112 section 2.2).
    if (bytes[0] === CR && bytes[1] === LF && !this.#skippedLineBreak) {
      this.#skippedLineBreak = true
      bytes = bytes.subarray(2)
    }
    const end = bytes.indexOf(END, Math.max(0, held - END.length))
    if ((end < 0 ? bytes.length : end) > HEAD_MAX_BYTES) checkSize(bytes, end)
    if (end < 0) {
      checkLineEnds(bytes, Math.max(0, held - 1))
      if (isTargetTooLong(bytes)) throw tooLarge(bytes)
      // The chunk's memory is used again for what comes next.
      this.#held = held === 0 ? Buffer.from(bytes) : bytes
      return null
    }
    this.#held = EMPTY
    this.#skippedLineBreak = false
    return { head: bytes.subarray(0, end + END.length), rest: bytes.subarray(end + END.length) }
  }
}

/** @param end of the head without its closing empty line; negative where that is still to come */
function checkSize(bytes: Buffer, end: number): void {
  if (end > HEAD_MAX_BYTES || bytes.length - endBegun(bytes) > HEAD_MAX_BYTES) throw tooLarge(bytes)
}

/** How many of the last bytes may be the closing empty line's, which does not count however the head is cut up. */
function endBegun(bytes: Buffer): number {
  let count = END.length - 1
  while (count > 0 && bytes.indexOf(END.subarray(0, count), -count) < 0) count -= 1
  return count
}

/** Where the empty line is still to come, as one that never comes must not be waited for. */
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

/** Whether what stands between the first two spaces of the first line is too long already. */
function isTargetTooLong(bytes: Buffer): boolean {
  if (bytes.length <= TARGET_MAX_BYTES) return false
  const lineEnd = bytes.indexOf(LF)
  const line = lineEnd < 0 ? bytes : bytes.subarray(0, lineEnd)
  const start = line.indexOf(SPACE) + 1
  const end = line.indexOf(SPACE, start)
  return start > 0 && (end < 0 ? line.length : end) - start > TARGET_MAX_BYTES
}
