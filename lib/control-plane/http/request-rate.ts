/** Callers kept at most; past that, the one not seen for longest is forgotten. */
const KEYS_MAX = 10_000

/** How many requests a caller may make: so many a second in the long run, and so many at once. */
export type Rate = { perSecond: number; burst: number }

type Bucket = { tokens: number; at: number }

/** A token bucket for each caller. */
export class RequestRate {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes one request of a caller. @returns 0 where it may be made, else whole seconds until it may */
  take(key: string): number {
    const now = this.#now()
    const tokens = this.#tokensOf(key, now)
    // Again at the end, so that the first key is the one not seen for longest.
    this.#buckets.delete(key)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size >= KEYS_MAX && oldest !== undefined) this.#buckets.delete(oldest)
    this.#buckets.set(key, { tokens: Math.max(tokens - 1, Math.min(tokens, 0)), at: now })
    if (tokens >= 1) return 0
    return Math.max(1, Math.ceil((1 - tokens) / this.#rate.perSecond))
  }

  #tokensOf(key: string, now: number): number {
    const { perSecond, burst } = this.#rate
    const bucket = this.#buckets.get(key)
    if (!bucket) return burst
    return Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
  }
}
