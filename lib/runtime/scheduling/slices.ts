import { contain } from '#lib/process/faults.ts'

/** For how long work that can wait goes on before others get their turn. Milliseconds. */
const SLICE_MS = 4

/** Runs work to its end at once. */
export function runWhole<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Work of which each turn of the event loop does a few milliseconds, one piece of work after the other. */
export class Slices {
  readonly #sliceMs: number
  /** When the present turn's slice ends, on the clock of `performance.now()`; null before somebody works in it. */
  #end: number | null = null
  readonly #waiting: (() => void)[] = []

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs
  }

  /**
   * Runs work to its end, over as many turns as it takes: in this one, where nobody waits and it takes less than a slice.
   * @param isWanted asked in each turn; work that nobody wants any longer is given up
   * @returns what it comes to; null where it was given up
   * @throws whatever the work does
   */
  async run<Result>(
    work: Generator<void, Result>,
    isWanted: () => boolean,
  ): Promise<{ result: Result } | null> {
    if (this.#waiting.length > 0 || this.#isOver()) await this.#turn()
    else this.#open()
    while (isWanted()) {
      const step = work.next()
      if (step.done) return { result: step.value }
      if (this.#isOver()) await this.#turn()
    }
    return null
  }

  #isOver(): boolean {
    return this.#end !== null && performance.now() >= this.#end
  }

  #open(): void {
    if (this.#end !== null) return
    this.#end = performance.now() + this.#sliceMs
    this.#again()
  }

  readonly #onTurn = contain(
    'configuration',
    () => {
      this.#end = null
      const next = this.#waiting.shift()
      if (!next) return
      this.#open()
      next()
    },
    () => this.#again(),
  )

  #again(): void {
    setImmediate(this.#onTurn)
  }

  /** Resolves in a later turn, after those who have waited for longer. The present slice is open, and its end wakes them. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
