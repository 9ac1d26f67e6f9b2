import { contain } from '#lib/process/faults.ts'
import { SHARED_BYTES } from '../sockets/read-buffers.ts'

/** What is saved up while there is less traffic: so much of a second's worth, and one read at least. */
const BURST_S = 0.1
/** Not more often than this, however many wait. Milliseconds. */
const TICK_MS = 2

/** What can be told to read no more for a while. */
export interface Reader {
  suspend(): void
  release(): void
}

/**
 * Keeps what all connections of a load balancer read together, from clients and from servers, to a rate: a bucket of
 * tokens, a byte each. Reads are of up to 128 KiB and only known afterwards, so the bucket can be in debt; who reads then
 * is held, and those that are held get a read each in turn, as soon as there are tokens.
 */
export class Bandwidth {
  /** Whether there is a limit at all. */
  limited = false
  /** Bytes a millisecond. */
  #rate = 0
  #tokens = 0
  #capacity = 0
  #filledAt = 0
  /** In the order of their turns. */
  readonly #suspended = new Set<Reader>()
  #timer: NodeJS.Timeout | null = null

  /** @param bits a second, of both directions together; null for no limit */
  limit(bits: number | null): void {
    const rate = (bits ?? 0) / 8000
    if (this.limited === (bits !== null) && rate === this.#rate) return
    this.limited = bits !== null
    this.#rate = rate
    this.#capacity = Math.max(SHARED_BYTES, rate * 1000 * BURST_S)
    // A debt at another rate is none of this one's.
    this.#tokens = this.#capacity
    this.#filledAt = performance.now()
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#releaseSome()
  }

  /** So much has been read. Only where there is a limit. */
  consumed(reader: Reader, bytes: number): void {
    this.#tokens -= bytes
    // Only who has used up the tokens looks at the clock.
    if (this.#tokens <= 0) this.#fill()
    if (this.#tokens <= 0) {
      reader.suspend()
      this.#suspended.add(reader)
      this.#schedule()
    } else if (this.#suspended.size > 0) this.#releaseSome()
  }

  /** It reads no more at all. */
  remove(reader: Reader): void {
    this.#suspended.delete(reader)
  }

  readonly #tick = contain(
    'bandwidth limit',
    () => {
      this.#timer = null
      this.#fill()
      this.#releaseSome()
    },
    () => {
      this.#timer = null
      if (this.#suspended.size > 0) this.#schedule()
    },
  )

  #fill(): void {
    const now = performance.now()
    const gained = (now - this.#filledAt) * this.#rate
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained)
    this.#filledAt = now
  }

  /** As many as the tokens are enough for, should each read as much as it can. */
  #releaseSome(): void {
    let tokens = this.limited ? this.#tokens : Number.POSITIVE_INFINITY
    for (const reader of this.#suspended) {
      if (tokens <= 0) break
      tokens -= SHARED_BYTES
      this.#suspended.delete(reader)
      reader.release()
    }
    if (this.#suspended.size > 0) this.#schedule()
  }

  #schedule(): void {
    const wait = Math.max(TICK_MS, Math.ceil((1 - this.#tokens) / this.#rate))
    this.#timer ??= setTimeout(this.#tick, wait)
  }
}
