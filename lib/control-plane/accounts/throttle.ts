/** How long failures count. Milliseconds. */
export const WINDOW_MS = 5 * 60_000
/** Keys in memory. */
const KEYS_MAX = 10_000

type Window = { failures: number; endsAt: number }

/**
 * Counts failures per key in windows of five minutes. A key with `limit` failures is throttled until its window ends. When the table
 * is full, the oldest of the keys with the fewest failures is evicted, so an attacker can't evict a throttled key with new keys.
 */
export class Throttle {
  /** Ordered by the end of their windows. */
  readonly #windows = new Map<string, Window>()
  /** The keys by number of failures. The last set contains the throttled keys. */
  readonly #byFailures: Set<string>[]
  readonly #limit: number
  readonly #now: () => number

  /** @param now a monotonic clock in milliseconds, so that changes of the system clock have no effect */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
    this.#byFailures = Array.from({ length: limit + 1 }, () => new Set())
  }

  /** Seconds until the key is no longer throttled; 0 if it isn't. */
  wait(key: string): number {
    const window = this.#windows.get(key)
    if (!window || window.endsAt <= this.#now() || window.failures < this.#limit) return 0
    return Math.ceil((window.endsAt - this.#now()) / 1000)
  }

  /** Counts an attempt before its result is known, so that concurrent attempts count too. */
  count(key: string): void {
    let window = this.#windows.get(key)
    if (!window || window.endsAt <= this.#now()) {
      this.forgive(key)
      this.#makeRoom()
      window = { failures: 0, endsAt: this.#now() + WINDOW_MS }
      this.#windows.set(key, window)
    }
    this.#move(key, window, 1)
  }

  /** Takes back one counted attempt. */
  uncount(key: string): void {
    const window = this.#windows.get(key)
    if (!window) return
    if (window.failures <= 1) this.forgive(key)
    else this.#move(key, window, -1)
  }

  /** Resets a key after a success. */
  forgive(key: string): void {
    const window = this.#windows.get(key)
    if (!window) return
    this.#setOf(window).delete(key)
    this.#windows.delete(key)
  }

  #setOf({ failures }: Window): Set<string> {
    return this.#byFailures[Math.min(failures, this.#limit)] as Set<string>
  }

  #move(key: string, window: Window, failures: number): void {
    this.#setOf(window).delete(key)
    window.failures += failures
    this.#setOf(window).add(key)
  }

  #makeRoom(): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > this.#now()) break
      this.forgive(key)
    }
    if (this.#windows.size < KEYS_MAX) return
    const fewest = this.#byFailures.find((keys) => keys.size > 0)
    const [oldest] = fewest ?? []
    if (oldest !== undefined) this.forgive(oldest)
  }
}
