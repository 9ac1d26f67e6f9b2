import { AsyncLocalStorage } from 'node:async_hooks'
import { Semaphore, SemaphoreFull } from '#lib/process/semaphore.ts'
import { overloaded } from '../errors.ts'

/** Concurrent hashes. Each takes 64 MiB and one of libuv's four threads, and files and DNS need one. */
const RUNNING_MAX = 3
const QUEUE_MAX = 5
const RETRY_SECONDS = 2

/** Bounds concurrent password hashing. With priority for known devices, they can log in during a flood of login attempts. */
export class HashSemaphore {
  readonly #semaphore = new Semaphore(RUNNING_MAX, { queueMax: QUEUE_MAX })
  /** Set within work that holds a slot already. */
  readonly #holds = new AsyncLocalStorage<true>()

  /**
   * Runs work that hashes passwords sequentially in one slot. Reentrant.
   * @throws ApiError 503 if the queue is full
   */
  async run<T>(work: () => Promise<T>, options: { hasPriority?: boolean } = {}): Promise<T> {
    if (this.#holds.getStore()) return work()
    try {
      return await this.#semaphore.run(() => this.#holds.run(true, work), options)
    } catch (error) {
      if (!(error instanceof SemaphoreFull)) throw error
      throw overloaded('Too many logins at once. Try again in a moment.', RETRY_SECONDS)
    }
  }
}
