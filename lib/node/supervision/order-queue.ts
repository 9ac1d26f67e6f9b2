import { contain } from '#lib/process/faults.ts'

/** The time for orders in one iteration of the event loop. Milliseconds. */
const SLICE_MS = 4

/**
 * Carries orders out in their sequence: at once if they take a few milliseconds, otherwise in several iterations of the event loop. The
 * takeover of thousands of load balancers doesn't keep their connections waiting.
 */
export class OrderQueue {
  #waiting: (() => void)[] = []
  #isScheduled = false

  /** @param orders that don't throw */
  add(orders: readonly (() => void)[]): void {
    this.#waiting.push(...orders)
    if (!this.#isScheduled) this.#run()
  }

  /** Carries out all that wait, because what follows depends on them. */
  flush(): void {
    const orders = this.#waiting
    this.#waiting = []
    for (const order of orders) order()
  }

  readonly #run = contain(
    'supervisor message',
    () => {
      this.#isScheduled = false
      const end = performance.now() + SLICE_MS
      let done = 0
      for (const order of this.#waiting) {
        if (performance.now() >= end) break
        done += 1
        order()
      }
      this.#waiting.splice(0, done)
      if (this.#waiting.length > 0) this.#schedule()
    },
    () => this.#schedule(),
  )

  #schedule(): void {
    this.#isScheduled = true
    setImmediate(this.#run)
  }
}
