import { keep } from '../sockets/read-buffers.ts'
import { nextParseSize, serverNameOf } from './client-hello.ts'

/** Collects a client's first bytes until they contain its SNI, or can't contain any. */
export class HelloBuffer {
  readonly #parts: Buffer[] = []
  #size = 0
  /** Parsing again is useless below this size, so that single bytes cost no more than large pieces. */
  #nextParseSize = 1

  /** @returns as `serverNameOf`: undefined while more bytes are needed */
  push(bytes: Buffer): string | null | undefined {
    this.#parts.push(keep(bytes))
    this.#size += bytes.length
    if (this.#size < this.#nextParseSize) return undefined
    const all = this.#joined()
    const name = serverNameOf(all)
    this.#nextParseSize = nextParseSize(all)
    return name
  }

  /** All bytes; null for none. */
  take(): Buffer | null {
    return this.#size === 0 ? null : this.#joined()
  }

  #joined(): Buffer {
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)
    this.#parts.splice(0, this.#parts.length, all)
    return all
  }
}
