import type { Authority } from '../authority/authority.ts'
import type { Reader } from '../store/reader.ts'
import { type HeldLock, lockLost } from './held-lock.ts'

/**
 * How long a holder may send orders after its last heartbeat, milliseconds. Another one begins no earlier than that, so at no time do two
 * of them send.
 */
export const LEASE_MS = 2000

/** Locks of several keys that were taken together, on one connection. */
export class SessionLock implements HeldLock {
  readonly keys: readonly string[]
  readonly release: () => Promise<void>
  isTakenOver = false
  readonly #holder: string
  readonly #ended = new AbortController()
  /** Of `performance.now()`. */
  #certainUntil = 0

  constructor(
    keys: readonly string[],
    { holder, release }: { holder: string; release: (lock: SessionLock) => Promise<void> },
  ) {
    this.keys = keys
    this.#holder = holder
    this.release = () => release(this)
  }

  get ended(): AbortSignal {
    return this.#ended.signal
  }

  readonly isCertain = (): boolean =>
    !this.#ended.signal.aborted && performance.now() < this.#certainUntil

  readonly authority = (authority: Authority): Authority =>
    authority.also(
      (reader) => this.#check(reader),
      () => {
        if (!this.isCertain()) throw lockLost()
      },
    )

  /** @param sentAt when a heartbeat was sent that has been answered, of `performance.now()` */
  renewed(sentAt: number): void {
    this.#certainUntil = Math.max(this.#certainUntil, sentAt + LEASE_MS)
  }

  end(): void {
    this.#ended.abort()
  }

  /** In a transaction that has the writers lock, which the next holder takes to record that it has these locks. */
  async #check(reader: Reader): Promise<void> {
    const query = reader.selectFrom('held_locks').select('key').where('holder', '=', this.#holder)
    const held = await query.where('key', 'in', this.keys).execute()
    if (this.#ended.signal.aborted || held.length < this.keys.length) throw lockLost()
  }
}
