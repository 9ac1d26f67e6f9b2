const FIRST_BYTES = 4096

/**
 * Copies the chunks of a body into one buffer. Keeping them would take a thousand times the memory if every chunk is one byte.
 */
export class GatheredBytes {
  readonly #max: number
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(max: number) {
    this.#max = max
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, max))
  }

  /** @returns false, without adding the chunk, if the total would exceed `max` */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.byteLength
    if (length > this.#max) return false
    if (length > this.#bytes.byteLength) {
      const size = Math.min(this.#max, Math.max(length, 2 * this.#bytes.byteLength))
      const larger = new Uint8Array(size)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
    return true
  }

  /** All bytes so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }
}
