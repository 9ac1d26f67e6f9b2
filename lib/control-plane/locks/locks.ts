import { type HeldLock, UNSHARED } from './held-lock.ts'
import type { HolderWatch } from './holder-watch.ts'

/** How long to wait for locks that others hold. */
export type Patience = {
  /** Milliseconds. */
  waitMs: number
  /** The interval of attempts, up to twice as long. Milliseconds. */
  retryMs?: number
  /** What is known of the holders from earlier attempts. */
  watch?: HolderWatch
  /** Ends the wait. */
  signal?: AbortSignal
}

/** Locks against the other processes that write to the database. Those within a process are `KeyedMutex`. */
export type Locks = {
  /** Whether there can be other processes. */
  readonly isShared: boolean
  /**
   * Takes the locks of all keys together. Another process can't hold any of them then, nor send an order that it permitted.
   * @throws OrderRefused if others hold them for longer than the patience
   * @throws DatabaseProblem
   */
  acquire: (keys: readonly string[], patience: Patience) => Promise<HeldLock>
  /** Releases all. */
  stop: () => Promise<void>
}

/** Without other processes every lock is free, and costs nothing. */
export const SOLE: Locks = {
  isShared: false,
  acquire: async () => UNSHARED,
  stop: async () => {},
}
