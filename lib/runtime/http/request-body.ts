import { ChunkedDecoder, encodeChunk, LAST_CHUNK } from './message/chunked-decoder.ts'
import type { Framing } from './message/framing.ts'

/** Follows the body of a request through the bytes of its connection, so that its end is known exactly. */
export class RequestBody {
  /** Whether all of it has been seen. */
  done: boolean
  #left: number
  readonly #chunks: ChunkedDecoder | null

  constructor(framing: Framing) {
    this.#left = framing.type === 'length' ? framing.length : 0
    this.#chunks = framing.type === 'chunked' ? new ChunkedDecoder() : null
    this.done = !this.#chunks && this.#left === 0
  }

  /**
   * Takes more bytes and appends to `out` what the server is to get, framed anew.
   * @returns what comes after the body; null for nothing
   * @throws HttpError 400 for chunks that break the rules
   */
  push(chunk: Buffer, out: Buffer[]): Buffer | null {
    return this.#chunks ? this.#pushChunks(this.#chunks, chunk, out) : this.#pushLength(chunk, out)
  }

  #pushLength(chunk: Buffer, out: Buffer[]): Buffer | null {
    const data = chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk
    this.#left -= data.length
    this.done = this.#left === 0
    if (data.length > 0) out.push(data)
    return data.length < chunk.length ? chunk.subarray(data.length) : null
  }

  #pushChunks(chunks: ChunkedDecoder, chunk: Buffer, out: Buffer[]): Buffer | null {
    const { data, done, rest } = chunks.push(chunk)
    for (const part of data) out.push(...encodeChunk(part))
    if (!done) return null
    this.done = true
    out.push(LAST_CHUNK)
    return rest?.length ? rest : null
  }
}
