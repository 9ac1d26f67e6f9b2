import type { HeldLock } from './held-lock.ts'

/** How long a process may hold a lock, or take it again and again, until it lets others have it. Milliseconds. */
const HOLD_MS = 1000
/** How long it lets them: longer than the interval of their attempts. Milliseconds. */
const PAUSE_MS = 100

type Hold = { since: number; until: number }

/** Keeps a process that has much to do under a lock from keeping others from it. */
export class Fairness {
  /** The last time that this process had each lock, without pauses. */
  readonly #last = new Map<string, Hold>()

  /** How long this process lets others have these locks. Milliseconds. */
  pauseMs(keys: readonly string[]): number {
    const now = performance.now()
    const pauses = keys.map((key) => {
      const { since = 0, until = 0 } = this.#last.get(key) ?? {}
      return until - since > HOLD_MS ? until + PAUSE_MS - now : 0
    })
    return Math.max(0, ...pauses)
  }

  /** This process has the lock from now on. */
  begun(keys: readonly string[], lock: HeldLock): HeldLock {
    const takenAt = performance.now()
    const release = async () => {
      await lock.release()
      const until = performance.now()
      for (const key of keys) {
        const last = this.#last.get(key)
        const isNext = last !== undefined && takenAt - last.until < PAUSE_MS
        this.#last.set(key, { since: isNext ? last.since : takenAt, until })
      }
    }
    const { isCertain, isTakenOver, authority, ended } = lock
    return { isCertain, isTakenOver, authority, ended, release }
  }
}
