/** Allows a burst at once, and then one each interval: a token bucket. */
export class Pacer {
  readonly #burst: number
  readonly #intervalMs: number
  readonly #now: () => number
  #tokens: number
  #at: number

  constructor(burst: number, intervalMs: number, now: () => number = () => performance.now()) {
    this.#burst = burst
    this.#intervalMs = intervalMs
    this.#now = now
    this.#tokens = burst
    this.#at = now()
  }

  /** Counts one. @returns how long to wait before the next, milliseconds */
  take(): number {
    const now = this.#now()
    const gained = (now - this.#at) / this.#intervalMs
    this.#tokens = Math.min(this.#burst, this.#tokens + gained) - 1
    this.#at = now
    return Math.max(0, (1 - this.#tokens) * this.#intervalMs)
  }
}
