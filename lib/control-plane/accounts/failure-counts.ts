import { Throttle } from './throttle.ts'

/** What failures are counted for, and how many throttle it until its window of five minutes ends. */
export type LimitedKey = { kind: 'pair' | 'network' | 'device'; key: string; limit: number }

/** Counts failed attempts, as `Throttle` does. */
export interface FailureCounts {
  /** Seconds until a key is no longer throttled, as far as this process knows; 0 if it isn't. */
  wait(key: LimitedKey): number
  /**
   * Counts an attempt as a failure of all keys, before its result is known, so that concurrent attempts count too.
   * @returns false if one of them is throttled, which `wait` then knows; nothing is counted
   */
  begin(keys: readonly LimitedKey[]): Promise<boolean>
  /** Takes one counted attempt back. */
  uncount(keys: readonly LimitedKey[]): Promise<void>
  /** Resets keys after a success. */
  forgive(keys: readonly LimitedKey[]): Promise<void>
}

/** The counts of a process that has a database for itself. */
export class OwnFailureCounts implements FailureCounts {
  readonly #throttles = new Map<string, Throttle>()

  wait({ key, ...kind }: LimitedKey): number {
    return this.#throttle(kind).wait(key)
  }

  async begin(keys: readonly LimitedKey[]): Promise<boolean> {
    if (keys.some((one) => this.wait(one) > 0)) return false
    for (const { key, ...kind } of keys) this.#throttle(kind).count(key)
    return true
  }

  async uncount(keys: readonly LimitedKey[]): Promise<void> {
    for (const { key, ...kind } of keys) this.#throttle(kind).uncount(key)
  }

  async forgive(keys: readonly LimitedKey[]): Promise<void> {
    for (const { key, ...kind } of keys) this.#throttle(kind).forgive(key)
  }

  /** One for each kind, so that many keys of one kind evict none of another. */
  #throttle({ kind, limit }: Omit<LimitedKey, 'key'>): Throttle {
    const existing = this.#throttles.get(kind)
    if (existing) return existing
    const created = new Throttle(limit)
    this.#throttles.set(kind, created)
    return created
  }
}
