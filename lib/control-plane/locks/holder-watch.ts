import type { LockHolder } from '../store/dialect/lock-connection.ts'
import type { HeldLockRow } from '../store/tables.ts'
import { LEASE_MS } from './session-lock.ts'

/** A holder that has sent no heartbeat for this time is evicted. It has not been certain for 0.5 s by then. Milliseconds. */
const SILENCE_MS = 2500

/** What a process that waits for locks knows of those who have them, by its own clock. */
export class HolderWatch {
  readonly #seen = new Map<string, { holder: LockHolder; since: number }>()

  /** @param readAt when the query was sent, of `performance.now()` @returns the holders that have been silent for too long */
  note(holders: readonly LockHolder[], readAt: number): LockHolder[] {
    for (const holder of holders) {
      const known = this.#seen.get(holder.key)
      if (!known || !isSame(known.holder, holder)) {
        // Of `now`, because the heartbeat may be as new as the answer.
        this.#seen.set(holder.key, { holder, since: performance.now() })
      }
    }
    return holders.filter(({ key, connection }) => {
      const { since = readAt } = this.#seen.get(key) ?? {}
      return connection !== null && readAt - since >= SILENCE_MS
    })
  }

  /**
   * When no former holder sends orders any more, of `performance.now()`.
   * @param former those that did not release their locks
   * @param takenAt when they had lost them at the latest
   */
  allSilentAt(former: readonly HeldLockRow[], takenAt: number): number {
    const times = former.map(({ key, holder, heartbeats }) => {
      const known = this.#seen.get(key)
      const isKnown = known?.holder.holder === holder && known.holder.heartbeats === heartbeats
      return (isKnown ? Math.min(known.since, takenAt) : takenAt) + LEASE_MS
    })
    return Math.max(0, ...times)
  }
}

function isSame(one: LockHolder, other: LockHolder): boolean {
  return (
    one.connection === other.connection &&
    one.holder === other.holder &&
    one.heartbeats === other.heartbeats
  )
}
