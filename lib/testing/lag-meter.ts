const PERIOD_MS = 5

/** Measures how late this process's timers are, so that a bound on a time can allow for a busy machine. */
export class LagMeter {
  readonly #stalls: { at: number; late: number }[] = []
  readonly #timer: NodeJS.Timeout
  #last = performance.now()

  constructor() {
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Milliseconds that timers were late by, all together, in a stretch of `performance.now()`. */
  within(from: number, to: number): number {
    this.#sample()
    const stalls = this.#stalls.filter(({ at, late }) => at > from && at - late < to)
    return stalls.reduce((sum, { late }) => sum + late, 0)
  }

  #sample(): void {
    const now = performance.now()
    const late = now - this.#last - PERIOD_MS
    // Timers are a millisecond late as a rule.
    if (late > 1) this.#stalls.push({ at: now, late })
    this.#last = now
  }
}
