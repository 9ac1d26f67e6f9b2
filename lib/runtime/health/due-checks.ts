import { contain } from '#lib/process/faults.ts'

/** For how long a turn of the event loop starts checks. Milliseconds. */
const TURN_MS = 4

/**
 * Starts health checks that are due: at once, or, where thousands are due together, a few milliseconds' worth a turn of the
 * event loop and in the order in which they became due, so that traffic and heartbeats do not wait for all of them.
 */
export class DueChecks {
  readonly #clock: () => number
  /** When this turn has started enough, milliseconds; null before it starts one. */
  #end: number | null = null
  #waiting: (() => void)[] = []

  /** @param clock milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** @param start throws nothing */
  add(start: () => void): void {
    if (this.#end === null) {
      this.#end = this.#clock() + TURN_MS
      setImmediate(this.#onTurn)
    }
    if (this.#waiting.length > 0 || this.#clock() >= this.#end) this.#waiting.push(start)
    else start()
  }

  readonly #onTurn = contain('health check', () => {
    this.#end = null
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#end = this.#clock() + TURN_MS
    setImmediate(this.#onTurn)
    let count = 0
    do {
      waiting[count]?.()
      count += 1
    } while (count < waiting.length && this.#clock() < this.#end)
    this.#waiting = waiting.slice(count)
  })
}

/** The checks of this process. */
export const dueChecks = new DueChecks()
