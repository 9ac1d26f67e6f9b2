import { ChunkedDecoder } from './message/chunked-decoder.ts'
import type { Framing } from './message/framing.ts'
import { lastChunk } from './message/trailers.ts'
import { type ByteSink, writeChunk } from './message/write-chunk.ts'

/** The mean size required of chunks that arrive together: smaller ones are mostly framing. */
const CHUNK_BYTES_MEAN_MIN = 16

/** Follows the body of a request through the bytes of its connection, so that its end is known exactly. */
export class RequestBody {
  /** Whether all of it has been seen. */
  done: boolean
  #left: number
  readonly #chunks: ChunkedDecoder | null

  constructor(framing: Framing) {
    this.#left = framing.type === 'length' ? framing.length : 0
    this.#chunks = framing.type === 'chunked' ? new ChunkedDecoder(CHUNK_BYTES_MEAN_MIN) : null
    this.done = !this.#chunks && this.#left === 0
  }

  /**
   * Takes more bytes and adds to `server` what it is to get, framed anew.
   * @returns what comes after the body; null for nothing
   * @throws HttpError 400 for chunks that break the rules
   */
  push(bytes: Buffer, server: ByteSink): Buffer | null {
    return this.#chunks
      ? this.#pushChunks(this.#chunks, bytes, server)
      : this.#pushLength(bytes, server)
  }

  #pushLength(bytes: Buffer, server: ByteSink): Buffer | null {
    const data = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
    this.#left -= data.length
    this.done = this.#left === 0
    if (data.length > 0) server.bytes(data)
    return data.length < bytes.length ? bytes.subarray(data.length) : null
  }

  #pushChunks(chunks: ChunkedDecoder, bytes: Buffer, server: ByteSink): Buffer | null {
    const { data, done, rest } = chunks.push(bytes)
    if (data) writeChunk(server, data)
    if (!done) return null
    this.done = true
    server.text(lastChunk(chunks.trailers))
    return rest?.length ? rest : null
  }
}
