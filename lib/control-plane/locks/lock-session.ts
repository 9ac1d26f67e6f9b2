import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import type { LockConnection } from '../store/dialect/lock-connection.ts'
import type { Store } from '../store/store.ts'
import type { HeldLockRow } from '../store/tables.ts'
import { lockLost } from './held-lock.ts'
import type { HolderWatch } from './holder-watch.ts'
import { SessionLock } from './session-lock.ts'

/** The interval of heartbeats. Milliseconds. */
const HEARTBEAT_MS = 500

type Parts = {
  store: Store
  /** Whether it is the name of an earlier connection of this process, on which it has lost all locks. */
  isOwn: (holder: string) => boolean
  log: Logger
}

/** The locks on one connection. All are lost when it ends. */
export class LockSession {
  /** The name of this process on this connection. */
  readonly holder = `${hostname()}/${process.pid}/${randomUUID()}`
  readonly #connection: LockConnection
  readonly #parts: Parts
  /** Those that the database has a record of. */
  readonly #held = new Set<SessionLock>()
  #isBeating = false

  constructor(connection: LockConnection, parts: Parts) {
    this.#connection = connection
    this.#parts = parts
    const onEnd = contain('process', () => this.#endAll())
    connection.ended.addEventListener('abort', onEnd)
  }

  get hasEnded(): boolean {
    return this.#connection.ended.aborted
  }

  /** Releases all locks. */
  async close(): Promise<void> {
    await Promise.all([...this.#held].map((lock) => lock.release()))
    this.#connection.close()
  }

  /**
   * Takes the locks of all keys if they are free, and waits until no former holder can send orders any more.
   * @returns null if others hold some of them
   * @throws OrderRefused if they were lost meanwhile
   */
  async take(keys: readonly string[], watch: HolderWatch): Promise<SessionLock | null> {
    const askedAt = performance.now()
    if (!(await this.#connection.attempt(keys))) {
      const silent = watch.note(await this.#connection.holders(keys), askedAt)
      for (const one of silent) {
        this.#parts.log.warn({ ...one }, 'the holder of a lock is silent; ending its connection')
        await this.#connection.evict(one)
      }
      return null
    }
    const takenAt = performance.now()
    const lock = new SessionLock(keys, {
      holder: this.holder,
      release: (one) => this.#release(one),
    })
    try {
      const former = await this.#record(keys)
      lock.isTakenOver = former.length > 0
      this.#held.add(lock)
      await this.#beat()
      this.#beatOn()
      const waitMs = watch.allSilentAt(former, takenAt) - performance.now()
      if (waitMs > 0) await after(waitMs, undefined, { signal: lock.ended }).catch(() => {})
      if (!lock.isCertain()) throw lockLost()
      return lock
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Writes that this process has the locks. From then on a former holder can't write. @returns those that did not release them */
  #record(keys: readonly string[]): Promise<HeldLockRow[]> {
    const { store, isOwn } = this.#parts
    return store.transaction(Authority.system, async (writer) => {
      const query = writer.selectFrom('held_locks').selectAll().where('key', 'in', keys)
      const former = await query.where('holder', '!=', this.holder).execute()
      const row = { holder: this.holder, heartbeats: 0 }
      for (const key of keys) {
        await writer
          .insertInto('held_locks')
          .values({ key, ...row })
          .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
          .execute()
      }
      return former.filter((one) => !isOwn(one.holder))
    })
  }

  async #release(lock: SessionLock): Promise<void> {
    lock.end()
    this.#held.delete(lock)
    if (this.hasEnded) return
    try {
      await this.#connection.free(this.holder, lock.keys)
    } catch {
      // Whoever takes them next waits for the lease.
      this.#connection.close()
    }
  }

  #beatOn(): void {
    if (this.#isBeating) return
    this.#isBeating = true
    detach('process', async () => {
      try {
        while (this.#held.size > 0 && !this.hasEnded) {
          await after(HEARTBEAT_MS, undefined, { ref: false })
          if (this.#held.size > 0) await this.#beat()
        }
      } catch {
        this.#connection.close()
      } finally {
        this.#isBeating = false
      }
    })
  }

  /** A heartbeat. Its answer proves that the connection has its locks, and that its server still is the primary. */
  async #beat(): Promise<void> {
    const held = [...this.#held]
    const sentAt = performance.now()
    const keys = new Set(await this.#connection.heartbeat(this.holder))
    for (const lock of held) {
      if (lock.keys.every((key) => keys.has(key))) lock.renewed(sentAt)
      else lock.end()
    }
  }

  #endAll(): void {
    for (const lock of this.#held) lock.end()
    this.#held.clear()
  }
}
