import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { Authority } from '../authority/authority.ts'
import type { Reader } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import type { FailureCounts, LimitedKey } from './failure-counts.ts'
import { WINDOW_MS } from './throttle.ts'

/** Throttled keys that a process remembers, so that refusing them costs no query. */
const KNOWN_MAX = 10_000

const WINDOW_END = sql<Date>`now() + ${sql.lit(`${WINDOW_MS} milliseconds`)}::interval`
const IS_OPEN = sql<boolean>`throttled_keys.ends_at > now()`

/**
 * The counts of all processes that share a database: a limit is the same at one of them as at all together. Times are by the database's
 * clock. The caller bounds how often attempts begin, because each is a write.
 */
export class SharedFailureCounts implements FailureCounts {
  readonly #store: Store
  /** Until when keys are throttled, of `performance.now()`. The oldest first. */
  readonly #throttled = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
  }

  wait(key: LimitedKey): number {
    const left = (this.#throttled.get(hashOf(key)) ?? 0) - performance.now()
    return Math.max(0, Math.ceil(left / 1000))
  }

  begin(keys: readonly LimitedKey[]): Promise<boolean> {
    return this.#store.transaction(Authority.system, async (writer) => {
      const throttled = await this.#throttledAmong(writer, keys)
      for (const [hash, ms] of throttled) this.#remember(hash, performance.now() + ms)
      if (throttled.size > 0) return false
      await writer.deleteFrom('throttled_keys').where('ends_at', '<=', sql<Date>`now()`).execute()
      for (const key of keys) {
        await writer
          .insertInto('throttled_keys')
          .values({ key: hashOf(key), failures: 1, ends_at: WINDOW_END })
          .onConflict((conflict) =>
            conflict
              .column('key')
              .doUpdateSet({ failures: sql<number>`throttled_keys.failures + 1` }),
          )
          .execute()
      }
      return true
    })
  }

  uncount(keys: readonly LimitedKey[]): Promise<void> {
    return this.#store.transaction(Authority.system, async (writer) => {
      await writer
        .updateTable('throttled_keys')
        .set({ failures: sql<number>`failures - 1` })
        .where('key', 'in', keys.map(hashOf))
        .where('failures', '>', 0)
        .execute()
    })
  }

  forgive(keys: readonly LimitedKey[]): Promise<void> {
    return this.#store.transaction(Authority.system, async (writer) => {
      await writer.deleteFrom('throttled_keys').where('key', 'in', keys.map(hashOf)).execute()
    })
  }

  /** The milliseconds until the ends of their windows, by hash. */
  async #throttledAmong(reader: Reader, keys: readonly LimitedKey[]): Promise<Map<string, number>> {
    const limits = new Map(keys.map((one) => [hashOf(one), one.limit]))
    const rows = await reader
      .selectFrom('throttled_keys')
      .select(['key', 'failures', sql<number>`extract(epoch from ends_at - now())::float8`.as('s')])
      .where('key', 'in', [...limits.keys()])
      .where(IS_OPEN)
      .execute()
    const full = rows.filter(({ key, failures }) => failures >= (limits.get(key) ?? 0))
    return new Map(full.map(({ key, s }) => [key, s * 1000]))
  }

  #remember(hash: string, until: number): void {
    this.#throttled.delete(hash)
    const [oldest] = this.#throttled.keys()
    if (this.#throttled.size >= KNOWN_MAX && oldest !== undefined) this.#throttled.delete(oldest)
    this.#throttled.set(hash, until)
  }
}

/** The table gets no addresses and emails, and no long keys. */
function hashOf({ kind, key }: LimitedKey): string {
  return createHash('sha256').update(`${kind} ${key}`).digest('hex')
}
