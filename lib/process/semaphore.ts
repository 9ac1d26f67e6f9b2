/** The queue is full, or work with priority took this work's place in it. */
export class SemaphoreFull extends Error {}

export type Release = () => void

type Waiter = { hasPriority: boolean; enter: () => void; refuse: (error: Error) => void }

/**
 * Bounds how much runs at once. Further work is queued, first come first served. Work with priority is queued before work
 * without, and evicts the last of that when the queue is full.
 */
export class Semaphore {
  readonly #max: number
  readonly #queueMax: number
  #running = 0
  readonly #queue: Waiter[] = []

  constructor(max: number, { queueMax = Number.POSITIVE_INFINITY } = {}) {
    this.#max = max
    this.#queueMax = queueMax
  }

  /** @throws SemaphoreFull if the queue is full or the work is evicted from it */
  async run<T>(work: () => Promise<T>, { hasPriority = false } = {}): Promise<T> {
    const release = this.tryAcquire() ?? (await this.#wait(hasPriority))
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** Takes a slot without waiting. @returns how to release it, once; null if none is free */
  tryAcquire(): Release | null {
    if (this.#running >= this.#max) return null
    this.#running += 1
    return this.#release
  }

  async #wait(hasPriority: boolean): Promise<Release> {
    if (this.#queue.length >= this.#queueMax) this.#evict(hasPriority)
    await new Promise<void>((enter, refuse) => {
      const before = this.#queue.findIndex((waiter) => hasPriority && !waiter.hasPriority)
      const at = before < 0 ? this.#queue.length : before
      this.#queue.splice(at, 0, { hasPriority, enter, refuse })
    })
    return this.#release
  }

  /** Makes room in the queue. @throws SemaphoreFull if the new work may evict nothing */
  #evict(hasPriority: boolean): void {
    const last = hasPriority ? this.#queue.findLastIndex((waiter) => !waiter.hasPriority) : -1
    const [evicted] = last < 0 ? [] : this.#queue.splice(last, 1)
    if (!evicted) throw new SemaphoreFull()
    evicted.refuse(new SemaphoreFull())
  }

  /** Hands the slot to the next waiter, so that new work can't overtake it. */
  readonly #release = (): void => {
    const next = this.#queue.shift()
    if (next) next.enter()
    else this.#running -= 1
  }
}
