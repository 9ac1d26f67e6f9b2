import type { Field } from './field.ts'
import { parseFields } from './fields.ts'
import { HttpError } from './http-error.ts'

const SIZE_LINE = /^([0-9A-Fa-f]{1,13})(?:;[^\r\n]*)?$/
const SIZE_LINE_MAX = 1024
const TRAILERS_MAX = 16 * 1024
const CRLF = Buffer.from('\r\n')
const EMPTY = Buffer.alloc(0)

type State = 'size' | 'data' | 'data_end' | 'trailers' | 'done'

/** Reads a chunked body (RFC 9112 section 7.1). Extensions are dropped; anything that is not exact is refused. */
export class ChunkedDecoder {
  readonly trailers: Field[] = []
  #state: State = 'size'
  #left = 0
  #line: Buffer = EMPTY
  #trailerBytes = 0

  /**
   * Takes the next bytes. Answers the body's bytes in them, as slices, and once it is done what came behind the end.
   * @throws HttpError 400.
   */
  push(chunk: Buffer): { data: Buffer[]; done: boolean; rest: Buffer | null } {
    const data: Buffer[] = []
    let rest = chunk
    while (rest.length > 0 && this.#state !== 'done') {
      rest = this.#state === 'data' ? this.#takeData(rest, data) : this.#takeLine(rest)
    }
    const done = this.#state === 'done'
    return { data, done, rest: done ? rest : null }
  }

  #takeData(bytes: Buffer, data: Buffer[]): Buffer {
    const taken = bytes.subarray(0, this.#left)
    data.push(taken)
    this.#left -= taken.length
    if (this.#left === 0) this.#state = 'data_end'
    return bytes.subarray(taken.length)
  }

  #takeLine(bytes: Buffer): Buffer {
    const held = this.#line.length
    const all = held === 0 ? bytes : Buffer.concat([this.#line, bytes])
    const end = all.indexOf(CRLF)
    if ((end < 0 ? all.length : end) > SIZE_LINE_MAX && this.#state !== 'trailers') {
      throw new HttpError(400, 'A chunk size line is too long.')
    }
    if (end < 0) {
      this.#count(bytes.length)
      this.#line = all
      return EMPTY
    }
    this.#line = EMPTY
    this.#count(end + 2 - held)
    this.#endLine(all.toString('latin1', 0, end))
    return all.subarray(end + 2)
  }

  #count(bytes: number): void {
    if (this.#state !== 'trailers') return
    this.#trailerBytes += bytes
    if (this.#trailerBytes > TRAILERS_MAX) throw new HttpError(431, 'The trailer is too large.')
  }

  #endLine(line: string): void {
    if (this.#state === 'size') this.#startChunk(line)
    else if (this.#state === 'data_end') this.#endChunk(line)
    else if (line === '') this.#state = 'done'
    else this.trailers.push(...parseFields([line], 400))
  }

  #startChunk(line: string): void {
    const match = SIZE_LINE.exec(line)
    if (!match) throw new HttpError(400, 'A chunk size is malformed.')
    this.#left = Number.parseInt(match[1] as string, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'data'
  }

  #endChunk(line: string): void {
    if (line !== '') throw new HttpError(400, 'A chunk is longer than its size.')
    this.#state = 'size'
  }
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** A chunk of a chunked body, in three parts so that the data is not copied. */
export function encodeChunk(data: Buffer): Buffer[] {
  return [Buffer.from(`${data.length.toString(16)}\r\n`, 'latin1'), data, CRLF]
}
