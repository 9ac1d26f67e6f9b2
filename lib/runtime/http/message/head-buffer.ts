import { HttpError } from './http-error.ts'

export const HEAD_MAX_BYTES = 16 * 1024
const END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)
const CR = 13
const LF = 10

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
   * @throws HttpError 431 for a head over 16 KiB.
   */
  push(chunk: Buffer): { head: Buffer; rest: Buffer } | null {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    // A server should ignore one empty line before a request (RFC 9112 section 2.2).
    if (!this.#skippedLineBreak && bytes.length >= 2 && bytes[0] === CR && bytes[1] === LF) {
      this.#skippedLineBreak = true
      bytes = bytes.subarray(2)
    }
    const end = bytes.indexOf(END, Math.max(0, this.#held.length - END.length))
    if ((end < 0 ? bytes.length : end) > HEAD_MAX_BYTES) {
      throw new HttpError(431, `The header is larger than ${HEAD_MAX_BYTES / 1024} KiB.`)
    }
    if (end < 0) {
      this.#held = bytes
      return null
    }
    this.#held = EMPTY
    this.#skippedLineBreak = false
    return { head: bytes.subarray(0, end + END.length), rest: bytes.subarray(end + END.length) }
  }
}
