import { contain } from '#lib/process/faults.ts'

/** Time for starting checks in one iteration of the event loop. Milliseconds. */
const SLICE_MS = 4

/**
 * Starts health checks that are due: immediately or, if thousands are due at the same time, in slices of a few milliseconds and in
 * order of their due time, so that traffic and heartbeats don't wait for all of them.
 */
export class DueChecks {
  readonly #clock: () => number
  /** End of this iteration's slice, milliseconds; null before it starts a check. */
  #end: number | null = null
  #waiting: (() => void)[] = []
  /** The index of the first waiting check. */
  #next = 0

  /** @param clock milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** @param start throws nothing */
  add(start: () => void): void {
    if (this.#end === null) this.#begin()
    if (this.#waiting.length > 0 || this.#isOver()) this.#waiting.push(start)
    else start()
  }

  /** Starts a check in a later iteration of the event loop, without the cost of a timer. @param start throws nothing */
  addLater(start: () => void): void {
    if (this.#end === null) this.#begin()
    this.#waiting.push(start)
  }

  #begin(): void {
    this.#end = this.#clock() + SLICE_MS
    this.#schedule()
  }

  #isOver(): boolean {
    return this.#end !== null && this.#clock() >= this.#end
  }

  readonly #onIteration = contain(
    'health check',
    () => {
      this.#end = null
      if (this.#waiting.length === 0) return
      this.#begin()
      this.#startNext()
    },
    () => this.#schedule(),
  )

  /** Sockets connect in the next tick. The next check starts after that, so that the time to connect counts too. */
  readonly #onTick = contain(
    'health check',
    () => {
      if (!this.#isOver()) this.#startNext()
    },
    () => this.#schedule(),
  )

  #startNext(): void {
    const start = this.#waiting[this.#next]
    this.#next += 1
    if (this.#next >= this.#waiting.length) {
      this.#waiting = []
      this.#next = 0
    }
    start?.()
    if (this.#waiting.length > 0) process.nextTick(this.#onTick)
  }

  #schedule(): void {
    setImmediate(this.#onIteration)
  }
}

/** The checks of this process. */
export const dueChecks = new DueChecks()
