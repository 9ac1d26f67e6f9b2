/** Callers in memory. Beyond that, the least recently seen is evicted. */
const KEYS_MAX = 10_000

/** The rate limit of a caller: requests per second on average, and the burst. */
export type Rate = { perSecond: number; burst: number }

type Bucket = { tokens: number; at: number }

/** A token bucket per caller. */
export class RequestRate {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes a token for a request. @returns 0, or the whole seconds until a token is available */
  take(key: string): number {
    const now = this.#now()
    const tokens = this.#tokensOf(key, now)
    // Reinserted at the end, so that the first key is the least recently seen.
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
