const WINDOW_MS = 5 * 60_000
/** Keys kept at most. */
const KEYS_MAX = 10_000

type Window = { failures: number; endsAt: number }

/**
 * Counts failures by key within windows of five minutes. A key that has failed `limit` times is held off until its
 * window ends. When the table is full, the key with the fewest failures goes first, the oldest of those: with keys that
 * have failed once nobody can push out one that is held off.
 */
export class Throttle {
  /** By the end of their windows, as all are of the same length. */
  readonly #windows = new Map<string, Window>()
  /** The keys by their number of failures; the last set has those that are held off. */
  readonly #byFailures: Set<string>[]
  readonly #limit: number
  readonly #now: () => number

  /** @param now milliseconds of a monotonic clock, so that setting the system clock neither locks anybody out nor lets anybody in */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
    this.#byFailures = Array.from({ length: limit + 1 }, () => new Set())
  }

  /** Seconds until a key may try again; 0 where it may now. */
  wait(key: string): number {
    const window = this.#windows.get(key)
    if (!window || window.endsAt <= this.#now() || window.failures < this.#limit) return 0
    return Math.ceil((window.endsAt - this.#now()) / 1000)
  }

  /** Counts an attempt before its outcome is known, so that attempts made at once count too. */
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

  /** Takes one attempt back that was no failure. */
  uncount(key: string): void {
    const window = this.#windows.get(key)
    if (!window) return
    if (window.failures <= 1) this.forgive(key)
    else this.#move(key, window, -1)
  }

  /** The attempt succeeded: what was counted of the key is forgiven. */
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
