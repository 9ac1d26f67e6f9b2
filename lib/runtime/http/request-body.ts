import { ChunkedDecoder } from './message/chunked-decoder.ts'
import { type ByteSink, lastChunk, writeChunk } from './message/chunked-encoder.ts'
import type { Framing } from './message/framing.ts'

/** The required mean size of chunks that arrive together: smaller ones are mostly framing. */
const CHUNK_BYTES_MEAN_MIN = 16

/** Finds the end of a request body in the client's data, and frames the body anew for the server. */
export class RequestBody {
  /** Whether the body is complete. */
  done: boolean
  #remaining: number
  readonly #chunks: ChunkedDecoder | null

  constructor(framing: Framing) {
    this.#remaining = framing.type === 'length' ? framing.length : 0
    this.#chunks = framing.type === 'chunked' ? new ChunkedDecoder(CHUNK_BYTES_MEAN_MIN) : null
    this.done = !this.#chunks && this.#remaining === 0
  }

  /**
   * Writes a part of the body to the server.
   * @returns the data after the body; null for none
   * @throws HttpError 400 for malformed chunks
   */
  push(bytes: Buffer, server: ByteSink): Buffer | null {
    return this.#chunks
      ? this.#pushChunks(this.#chunks, bytes, server)
      : this.#pushLength(bytes, server)
  }

  #pushLength(bytes: Buffer, server: ByteSink): Buffer | null {
    const data = bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes
    this.#remaining -= data.length
    this.done = this.#remaining === 0
    if (data.length > 0) server.writeBytes(data)
    return data.length < bytes.length ? bytes.subarray(data.length) : null
  }

  #pushChunks(chunks: ChunkedDecoder, bytes: Buffer, server: ByteSink): Buffer | null {
    const { data, done, rest } = chunks.push(bytes)
    if (data) writeChunk(server, data)
    if (!done) return null
    this.done = true
    server.writeText(lastChunk(chunks.trailers))
    return rest?.length ? rest : null
  }
}
