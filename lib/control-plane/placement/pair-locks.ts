import type { Authority } from '../authority/authority.ts'
import type { Locks } from '../locks/locks.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { HostOrders } from '../nodes/hosts/host-orders.ts'
import { confirmCarriers } from './confirm-carriers.ts'
import { KeyedMutex } from './keyed-mutex.ts'
import type { StoredPair } from './pairs.ts'

/** How long work waits for other control planes: a drain may take this long. Milliseconds. */
const WAIT_MS = 20_000

type Parts = {
  locks: Locks
  hosts: HostReports
  orders: HostOrders
  /** Reads what other control planes have written until now. */
  refresh: () => Promise<void>
}

/**
 * Only one thing in the whole installation changes the carriers and labels of a pair at a time. Within a process work waits in the
 * order of the calls. Work decides on the newest rows of the database, and on what the hosts report of their carriers since it began.
 */
export class PairLocks {
  readonly #parts: Parts
  readonly #mutex = new KeyedMutex()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * @param work gets the authority for its orders and writes: the given one, while the lock is held
   * @throws OrderRefused if other control planes change these pairs for too long, or a host doesn't answer
   */
  run<Result>(
    pairs: readonly StoredPair[],
    authority: Authority,
    work: (authority: Authority) => Promise<Result>,
  ): Promise<Result> {
    const keys = pairs.map(({ region, number }) => `pair ${region} ${number}`)
    return this.#mutex.run(keys, async () => {
      const { locks, refresh } = this.#parts
      const lock = await locks.acquire(keys, { waitMs: WAIT_MS })
      try {
        if (locks.isShared) await Promise.all([refresh(), confirmCarriers(this.#parts, pairs)])
        return await work(lock.authority(authority))
      } finally {
        await lock.release()
      }
    })
  }
}
