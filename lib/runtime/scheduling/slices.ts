import { contain } from '#lib/process/faults.ts'

/** The time for all work in one iteration of the event loop. Milliseconds. */
const SLICE_MS = 4

/** Runs work without pauses. */
export function runToEnd<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Runs long work in slices: a few milliseconds per iteration of the event loop, shared by all pieces of work. */
export class Slices {
  readonly #sliceMs: number
  /** The end of the current iteration's slice (`performance.now()`); null if no work has run in it. */
  #end: number | null = null
  readonly #waiting: (() => void)[] = []

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs
  }

  /**
   * Runs work to its end, over as many iterations as it needs; synchronously if it fits into the current slice.
   * @param isWanted checked before each step; the work is abandoned once it is false
   * @returns the result; null if the work was abandoned
   * @throws what the work throws
   */
  async run<Result>(
    work: Generator<void, Result>,
    isWanted: () => boolean,
  ): Promise<{ result: Result } | null> {
    if (this.#waiting.length > 0 || this.#isOver()) await this.#nextSlice()
    else this.#open()
    while (isWanted()) {
      const step = work.next()
      if (step.done) return { result: step.value }
      if (this.#isOver()) await this.#nextSlice()
    }
    return null
  }

  #isOver(): boolean {
    return this.#end !== null && performance.now() >= this.#end
  }

  #open(): void {
    if (this.#end !== null) return
    this.#end = performance.now() + this.#sliceMs
    this.#schedule()
  }

  readonly #onIteration = contain(
    'configuration',
    () => {
      this.#end = null
      const next = this.#waiting.shift()
      if (!next) return
      this.#open()
      next()
    },
    () => this.#schedule(),
  )

  #schedule(): void {
    setImmediate(this.#onIteration)
  }

  /** Resolves in a later iteration, first in, first out. The end of the current slice wakes the next one. */
  #nextSlice(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
