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

  /** @param clock milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** @param start throws nothing */
  add(start: () => void): void {
    if (this.#end === null) {
      this.#end = this.#clock() + TURN_MS
      this.#again()
    }
    if (this.#waiting.length > 0 || this.#clock() >= this.#end) this.#waiting.push(start)
    else start()
  }

  readonly #onTurn = contain(
    'health check',
    () => {
      this.#end = null
      const waiting = this.#waiting
      if (waiting.length === 0) return
      this.#end = this.#clock() + TURN_MS
      this.#again()
      let count = 0
      do {
        waiting[count]?.()
        count += 1
      } while (count < waiting.length && this.#clock() < this.#end)
      this.#waiting = waiting.slice(count)
    },
    () => this.#again(),
  )

  #again(): void {
    setImmediate(this.#onTurn)
  }
}

/** The checks of this process. */
export const dueChecks = new DueChecks()
