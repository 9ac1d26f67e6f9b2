import { latin1Bytes } from '../../latin1.ts'
import { CR, LF, SEMICOLON } from './characters.ts'
import type { Field } from './field.ts'
import { FIELDS_MAX, parseFields } from './fields.ts'
import { HttpError } from './http-error.ts'

/** More hexadecimal digits would exceed the exact integers. */
const SIZE_DIGITS_MAX = 13
const SIZE_LINE_MAX_BYTES = 1024
const TRAILERS_MAX_BYTES = 16 * 1024
/** The number of joined chunks of a body that may have any size. */
const JOINED_CHUNKS_MIN = 4096
/** Up to this size a loop is faster than `copyWithin`. */
const LOOP_BYTES_MAX = 16

/** The next element; `_cr` and `_lf` are single bytes. */
type State =
  | 'size'
  | 'extension'
  | 'size_lf'
  | 'data'
  | 'data_cr'
  | 'data_lf'
  | 'trailer'
  | 'trailer_lf'
  | 'done'

/** The part of a chunked body in one read. */
export type DecodedChunks = {
  /** The bytes of the body, joined; null for none. A slice of the read buffer, where they overwrite the framing. */
  data: Buffer | null
  done: boolean
  /** The bytes after the body, once it is complete. */
  rest: Buffer | null
}

/** Decodes a chunked body (RFC 9112 section 7.1). Drops extensions, and refuses anything malformed at once. */
export class ChunkedDecoder {
  readonly trailers: Field[] = []
  readonly #minimumMean: number
  #state: State = 'size'
  #size = 0
  #digits = 0
  /** Bytes of the current size line, then of the trailer section. */
  #lineBytes = 0
  #line = ''
  /** The number of chunks that arrived in the same read as an earlier one. */
  #joined = 0
  #dataBytes = 0

  /** @param minimumMean mean bytes per chunk required beyond the first 4,096 joined chunks; 0 for any */
  constructor(minimumMean = 0) {
    this.#minimumMean = minimumMean
  }

  /**
   * Decodes the next bytes, and may overwrite them: it joins the data of several chunks in place.
   * @throws HttpError 400, or 431 for trailers over their limits
   */
  push(bytes: Buffer): DecodedChunks {
    let at = 0
    let start = 0
    let end = 0
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state !== 'data') {
        at = this.#takeFraming(bytes, at)
        continue
      }
      const size = Math.min(this.#size, bytes.length - at)
      if (start === end) start = end = at
      else {
        this.#joined += 1
        moveDown(bytes, end, at, size)
      }
      at += size
      end += size
      this.#size -= size
      if (this.#size === 0) this.#state = 'data_cr'
    }
    this.#dataBytes += end - start
    this.#checkMean()
    const done = this.#state === 'done'
    return {
      data: start === end ? null : bytes.subarray(start, end),
      done,
      rest: done ? bytes.subarray(at) : null,
    }
  }

  /** Only joined chunks count: a chunk that arrives alone costs no more than its read. */
  #checkMean(): void {
    if (this.#joined <= JOINED_CHUNKS_MIN || this.#minimumMean === 0) return
    if (this.#dataBytes < (this.#joined - JOINED_CHUNKS_MIN) * this.#minimumMean) {
      throw new HttpError(400, 'The chunks of the body are too small.')
    }
  }

  /** Decodes framing. @returns the index of the next byte */
  #takeFraming(bytes: Buffer, at: number): number {
    // The fast path for the most frequent framing.
    if (this.#state === 'data_cr' && bytes[at] === CR && bytes[at + 1] === LF) {
      this.#state = 'size'
      this.#digits = 0
      return at + 2
    }
    this.#takeByte(bytes[at] as number)
    return at + 1
  }

  #takeByte(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#takeSize(byte)
        break
      case 'extension':
        this.#takeExtension(byte)
        break
      case 'size_lf':
        this.#expect(byte, LF, this.#size === 0 ? 'trailer' : 'data')
        this.#lineBytes = 0
        break
      case 'data_cr':
        this.#expect(byte, CR, 'data_lf')
        break
      case 'data_lf':
        this.#expect(byte, LF, 'size')
        this.#digits = 0
        break
      case 'trailer':
        this.#takeTrailer(byte)
        break
      case 'trailer_lf':
        this.#expect(byte, LF, this.#line === '' ? 'done' : 'trailer')
        this.#endTrailer()
        break
    }
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw new HttpError(400, 'A chunk does not end where its size says.')
    this.#state = next
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0 && this.#digits < SIZE_DIGITS_MAX) {
      this.#size = this.#size * 16 + digit
      this.#digits += 1
    } else if (this.#digits > 0 && byte === CR) this.#state = 'size_lf'
    else if (this.#digits > 0 && byte === SEMICOLON) this.#state = 'extension'
    else throw new HttpError(400, 'A chunk size is malformed.')
  }

  #takeExtension(byte: number): void {
    this.#lineBytes += 1
    if (byte === CR) this.#state = 'size_lf'
    else if (byte === LF) throw new HttpError(400, 'A chunk size is malformed.')
    else if (this.#lineBytes > SIZE_LINE_MAX_BYTES) {
      throw new HttpError(400, 'A chunk extension is too long.')
    }
  }

  #takeTrailer(byte: number): void {
    this.#lineBytes += 1
    if (this.#lineBytes > TRAILERS_MAX_BYTES) {
      throw new HttpError(431, 'The trailer is too large.')
    }
    if (byte === LF) throw new HttpError(400, 'A trailer line does not end in CRLF.')
    if (byte === CR) this.#state = 'trailer_lf'
    else this.#line += String.fromCharCode(byte)
  }

  #endTrailer(): void {
    if (this.#line === '') return
    if (this.trailers.length === FIELDS_MAX) throw new HttpError(431, 'The trailer is too large.')
    const line = `${this.#line}\r\n`
    this.trailers.push(...parseFields(latin1Bytes(line), line, 0, 400))
    this.#line = ''
  }
}

/** The value of a hexadecimal digit's character code; -1 for any other. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Moves bytes down within the same memory. */
function moveDown(bytes: Buffer, target: number, start: number, size: number): void {
  if (size > LOOP_BYTES_MAX) {
    bytes.copyWithin(target, start, start + size)
    return
  }
  for (let index = 0; index < size; index += 1) {
    bytes[target + index] = bytes[start + index] as number
  }
}
