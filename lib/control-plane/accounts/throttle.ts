const WINDOW_MS = 5 * 60_000
/** Keys kept at most; past that, those whose window is over are dropped, then the oldest. */
const KEYS_MAX = 10_000

type Window = { failures: number; endsAt: number }

/**
 * Counts failures by key within windows of five minutes. A key that has failed `limit` times is held off until its
 * window ends.
 */
export class Throttle {
  readonly #windows = new Map<string, Window>()
  readonly #limit: number
  readonly #now: () => number

  /** @param now milliseconds of a monotonic clock, so that setting the system clock neither locks anybody out nor lets anybody in */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
  }

  /** Seconds until a key may try again; 0 where it may now. */
  wait(key: string): number {
    const window = this.#windows.get(key)
    if (!window || window.endsAt <= this.#now() || window.failures < this.#limit) return 0
    return Math.ceil((window.endsAt - this.#now()) / 1000)
  }

  /** Counts an attempt before its outcome is known, so that attempts made at once count too. */
  count(key: string): void {
    const window = this.#windows.get(key)
    if (window && window.endsAt > this.#now()) {
      window.failures++
      return
    }
    this.#makeRoom()
    this.#windows.set(key, { failures: 1, endsAt: this.#now() + WINDOW_MS })
  }

  /** The attempt succeeded: what was counted of the key is forgiven. */
  forgive(key: string): void {
    this.#windows.delete(key)
  }

  #makeRoom(): void {
    if (this.#windows.size < KEYS_MAX) return
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt <= this.#now()) this.#windows.delete(key)
    }
    const [oldest] = this.#windows.keys()
    if (this.#windows.size >= KEYS_MAX && oldest !== undefined) this.#windows.delete(oldest)
  }
}
