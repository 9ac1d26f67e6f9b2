import { CR, LF, SEMICOLON } from './characters.ts'
import type { Field } from './field.ts'
import { FIELDS_MAX, parseFields } from './fields.ts'
import { HttpError } from './http-error.ts'

/** Thirteen hexadecimal digits: more would not be an exact number. */
const SIZE_DIGITS_MAX = 13
const SIZE_LINE_MAX_BYTES = 1024
const TRAILERS_MAX_BYTES = 16 * 1024

/** What comes next; `_cr` and `_lf`: that very byte. */
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

/** Reads a chunked body (RFC 9112 section 7.1). Extensions are dropped; what is not exact is refused at once. */
export class ChunkedDecoder {
  readonly trailers: Field[] = []
  #state: State = 'size'
  #size = 0
  #digits = 0
  /** Bytes of the present size line, later of the trailer section. */
  #lineBytes = 0
  #line = ''

  /**
   * Takes the next bytes. Answers the body's bytes in them, as slices, and once it is done what came behind the end.
   * @throws HttpError 400, or 431 for trailers over their limits
   */
  push(chunk: Buffer): { data: Buffer[]; done: boolean; rest: Buffer | null } {
    const data: Buffer[] = []
    let at = 0
    while (at < chunk.length && this.#state !== 'done') {
      if (this.#state !== 'data') {
        this.#takeByte(chunk[at] as number)
        at += 1
        continue
      }
      const slice = chunk.subarray(at, at + this.#size)
      data.push(slice)
      at += slice.length
      this.#size -= slice.length
      if (this.#size === 0) this.#state = 'data_cr'
    }
    const done = this.#state === 'done'
    return { data, done, rest: done ? chunk.subarray(at) : null }
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
    this.trailers.push(...parseFields(Buffer.from(line, 'latin1'), line, 0, 400))
    this.#line = ''
  }
}

/** The value of a hexadecimal digit's character code; -1 for any other. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
