const PERIOD_MS = 5

/** Measures the delay of this process's timers, so that a limit of a duration can allow for a busy machine. */
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

  /** The total delay of timers in a period of `performance.now()`. Milliseconds. */
  within(from: number, to: number): number {
    this.#sample()
    const stalls = this.#stalls.filter(({ at, late }) => at > from && at - late < to)
    return stalls.reduce((sum, { late }) => sum + late, 0)
  }

  #sample(): void {
    const now = performance.now()
    const late = now - this.#last - PERIOD_MS
    // Timers are usually a millisecond late.
    if (late > 1) this.#stalls.push({ at: now, late })
    this.#last = now
  }
}
