import { contain } from '#lib/process/faults.ts'
import { SHARED_BYTES } from '../sockets/read-buffers.ts'

/** The burst: this many seconds' worth of tokens, and at least one read. */
const BURST_S = 0.1
/** The shortest interval of the timer. Milliseconds. */
const TICK_MS = 2

/** A connection whose reading can be suspended. */
export interface Reader {
  suspend(): void
  release(): void
}

/**
 * Limits the bytes per second that all connections of a load balancer read from clients and servers: a token bucket, one token per
 * byte. The size of a read (up to 128 KiB) is known only afterwards, so the bucket can go negative. The connection that read is then
 * suspended. Suspended connections get one read each, first in, first out, as tokens arrive.
 */
export class Bandwidth {
  /** Whether there is a limit. */
  limited = false
  /** Bytes per millisecond. */
  #rate = 0
  #tokens = 0
  #capacity = 0
  #filledAt = 0
  /** First in, first out. */
  readonly #suspended = new Set<Reader>()
  #timer: NodeJS.Timeout | null = null

  /** @param bits per second, both directions together; null for no limit */
  limit(bits: number | null): void {
    const rate = (bits ?? 0) / 8000
    if (this.limited === (bits !== null) && rate === this.#rate) return
    this.limited = bits !== null
    this.#rate = rate
    this.#capacity = Math.max(SHARED_BYTES, rate * 1000 * BURST_S)
    // A debt at the former rate is forgiven.
    this.#tokens = this.#capacity
    this.#filledAt = performance.now()
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#releaseSome()
  }

  /** Charges a read. Call it only if there is a limit. */
  consumed(reader: Reader, bytes: number): void {
    this.#tokens -= bytes
    // The clock is read only when the tokens are used up.
    if (this.#tokens <= 0) this.#fill()
    if (this.#tokens <= 0) {
      reader.suspend()
      this.#suspended.add(reader)
      this.#schedule()
    } else if (this.#suspended.size > 0) this.#releaseSome()
  }

  /** Forgets a suspended reader that has closed. */
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

  /** Releases as many readers as the tokens cover if each reads the most that it can. */
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
