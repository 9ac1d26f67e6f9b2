import { AsyncLocalStorage } from 'node:async_hooks'
import { overloaded } from '../errors.ts'

/** Hashes at once: each takes 64 MiB and a thread of libuv's four, of which files and names need one. */
const RUNNING_MAX = 3
/** Hashes at once, with those that wait. */
const ADMITTED_MAX = 8
const RETRY_SECONDS = 2

type Waiter = { hasPriority: boolean; enter: () => void; refuse: (error: Error) => void }

/**
 * Bounds how many passwords are hashed at once. With priority, work goes before what waits without, and where all places
 * are taken, in the place of the last of those. So however many strangers try passwords, people who are known get in.
 */
export class HashSemaphore {
  #running = 0
  readonly #waiting: Waiter[] = []
  /** Whether the work that runs has a place already: what it calls takes one for each hash. */
  readonly #holds = new AsyncLocalStorage<true>()

  /**
   * Runs work that hashes passwords, one after the other. Within such work it runs at once.
   * @throws ApiError 503 where too many wait
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

  /** Hands the place on, so that none who comes now takes it first. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next.enter()
    else this.#running -= 1
  }
}

const tooManyHashes = () =>
  overloaded('Too many logins at once. Try again in a moment.', RETRY_SECONDS)
