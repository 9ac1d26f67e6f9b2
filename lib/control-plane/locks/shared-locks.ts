import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { LockConnection } from '../store/dialect/lock-connection.ts'
import type { Store } from '../store/store.ts'
import { Fairness } from './fairness.ts'
import { type HeldLock, lockBusy, OrderRefused } from './held-lock.ts'
import { HolderWatch } from './holder-watch.ts'
import { LockSession } from './lock-session.ts'
import type { Locks, Patience } from './locks.ts'

/** The interval of attempts to take locks that others hold: from this to twice as much. Milliseconds. */
const RETRY_MS = 20

type Parts = { store: Store; connect: () => Promise<LockConnection>; log: Logger }

/** Locks among the processes that share a database, on a connection that is opened when the first one is taken. */
export class SharedLocks implements Locks {
  readonly isShared = true
  readonly #parts: Parts
  readonly #fairness = new Fairness()
  readonly #stopping = new AbortController()
  #session: Promise<LockSession> | null = null
  /** The names of this process on all connections until now. */
  readonly #holders = new Set<string>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async acquire(
    keys: readonly string[],
    { waitMs, retryMs = RETRY_MS, watch = new HolderWatch(), signal }: Patience,
  ): Promise<HeldLock> {
    const deadline = performance.now() + waitMs
    for (;;) {
      await this.#pause(this.#fairness.pauseMs(keys), signal)
      const lock = await this.#take(keys, watch)
      if (lock) return this.#fairness.begun(keys, lock)
      if (performance.now() > deadline || signal?.aborted || this.#stopping.signal.aborted) {
        throw lockBusy()
      }
      await this.#pause(retryMs * (1 + Math.random()), signal)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    const session = await this.#session?.catch(() => null)
    await session?.close()
  }

  /** @returns null if they can't be had now */
  async #take(keys: readonly string[], watch: HolderWatch): Promise<HeldLock | null> {
    const session = await this.#open()
    try {
      return await session.take(keys, watch)
    } catch (error) {
      // The connection may have ended while it waited for a former holder.
      if (error instanceof OrderRefused) return null
      throw error
    }
  }

  async #open(): Promise<LockSession> {
    for (;;) {
      this.#session ??= this.#connectOnce()
      const current = this.#session
      try {
        const session = await current
        if (!session.hasEnded) return session
      } catch (error) {
        if (this.#session === current) this.#session = null
        throw error
      }
      if (this.#session === current) this.#session = null
    }
  }

  async #connectOnce(): Promise<LockSession> {
    const { store, connect, log } = this.#parts
    const isOwn = (holder: string) => this.#holders.has(holder)
    const session = new LockSession(await connect(), { store, isOwn, log })
    this.#holders.add(session.holder)
    return session
  }

  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return
    const any = AbortSignal.any([this.#stopping.signal, ...(signal ? [signal] : [])])
    await after(ms, undefined, { signal: any, ref: false }).catch(() => {})
  }
}
