/** The time slice of a connection. Milliseconds. */
export const SLICE_MS = 0.25
/** How long one iteration of the event loop handles new data. Milliseconds. */
export const ITERATION_MS = 20

/**
 * Measures the time spent in the current iteration of the event loop, in total and on the current connection. It interrupts nothing:
 * code that may run long checks it, and leaves the rest to the `RunQueue`.
 */
export class LoopBudget {
  readonly #clock: () => number
  #open = false
  #startedAt = 0
  #now = 0
  /** The connection that uses the event loop, and the start of its slice. */
  #owner: object | null = null
  #sliceAt = 0

  /** @param clock milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** Starts a slice for a connection. Consecutive reads of one connection share a slice. */
  begin(owner: object): void {
    if (owner === this.#owner) return
    this.#now = this.#clock()
    if (!this.#open) this.#beginIteration()
    this.#owner = owner
    this.#sliceAt = this.#now
  }

  /** The time used of the current slice. Milliseconds. */
  elapsed(): number {
    this.#now = this.#clock()
    return this.#now - this.#sliceAt
  }

  /** Whether the current slice is used up. */
  get sliceSpent(): boolean {
    return this.elapsed() > SLICE_MS
  }

  /** Whether the iteration's time was used up at the last check of a slice. */
  get iterationSpent(): boolean {
    return this.#open && this.#now - this.#startedAt > ITERATION_MS
  }

  #beginIteration(): void {
    this.#open = true
    this.#startedAt = this.#now
    setImmediate(this.#endIteration)
  }

  readonly #endIteration = (): void => {
    this.#open = false
    this.#owner = null
  }
}

/** The budget of this process. */
export const loopBudget = new LoopBudget()
