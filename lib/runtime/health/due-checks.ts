import { contain } from '#lib/process/faults.ts'

/** How long checks are started in one iteration of the event loop. Milliseconds. */
const TURN_MS = 4

/**
 * Starts health checks that are due: at once or, if thousands are due together, in slices of a few milliseconds and in order of
 * their due time, so that traffic and heartbeats don't wait for all of them.
 */
export class DueChecks {
  readonly #clock: () => number
  /** End of this iteration's slice, milliseconds; null before it starts a check. */
  #end: number | null = null
  #waiting: (() => void)[] = []
  /** The first that waits. Those before it have started. */
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
    this.#end = this.#clock() + TURN_MS
    this.#again()
  }

  #isOver(): boolean {
    return this.#end !== null && this.#clock() >= this.#end
  }

  readonly #onTurn = contain(
    'health check',
    () => {
      this.#end = null
      if (this.#waiting.length === 0) return
      this.#begin()
      this.#startNext()
    },
    () => this.#again(),
  )

  /** Sockets connect in the next tick, so the next check starts after that: its time counts too. */
  readonly #onTick = contain(
    'health check',
    () => {
      if (!this.#isOver()) this.#startNext()
    },
    () => this.#again(),
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

  #again(): void {
    setImmediate(this.#onTurn)
  }
}

/** The checks of this process. */
export const dueChecks = new DueChecks()
