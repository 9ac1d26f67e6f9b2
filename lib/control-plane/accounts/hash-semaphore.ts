import { AsyncLocalStorage } from 'node:async_hooks'
import { overloaded } from '../errors.ts'

/** Concurrent hashes. Each takes 64 MiB and one of libuv's four threads, and files and DNS need one. */
const RUNNING_MAX = 3
/** Running and waiting hashes. */
const ADMITTED_MAX = 8
const RETRY_SECONDS = 2

type Waiter = { hasPriority: boolean; enter: () => void; refuse: (error: Error) => void }

/**
 * Bounds concurrent password hashing. Work with priority is queued before work without, and evicts the last of that when the queue
 * is full. So known devices can log in during a flood of login attempts.
 */
export class HashSemaphore {
  #running = 0
  readonly #waiting: Waiter[] = []
  /** Set within work that holds a slot already. */
  readonly #holds = new AsyncLocalStorage<true>()

  /**
   * Runs work that hashes passwords sequentially in one slot. Reentrant.
   * @throws ApiError 503 if the queue is full
   */
  async run<T>(work: () => Promise<T>, { hasPriority = false } = {}): Promise<T> {
    if (this.#holds.getStore()) return work()
    if (this.#running >= RUNNING_MAX) await this.#wait(hasPriority)
    else this.#running += 1
    try {
      return await this.#holds.run(true, work)
    } finally {
      this.#leave()
    }
  }

  #wait(hasPriority: boolean): Promise<void> {
    if (this.#running + this.#waiting.length >= ADMITTED_MAX) {
      const last = hasPriority ? this.#waiting.findLastIndex((waiter) => !waiter.hasPriority) : -1
      const [evicted] = last < 0 ? [] : this.#waiting.splice(last, 1)
      if (!evicted) throw tooManyHashes()
      evicted.refuse(tooManyHashes())
    }
    return new Promise((enter, refuse) => {
      const waiter = { hasPriority, enter, refuse }
      const after = this.#waiting.findIndex((other) => hasPriority && !other.hasPriority)
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, waiter)
    })
  }

  /** Hands the slot to the next waiter, so that a new caller can't overtake it. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next.enter()
    else this.#running -= 1
  }
}

const tooManyHashes = () =>
  overloaded('Too many logins at once. Try again in a moment.', RETRY_SECONDS)
