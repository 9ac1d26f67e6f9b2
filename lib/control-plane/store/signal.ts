import { contain, forEachContained } from '#lib/process/faults.ts'

/** Wakes subscribers after a commit. It carries no data: they read what has changed from the store. */
export class Signal {
  #count = 0
  readonly #listeners = new Set<() => void>()

  /** The number of notifications so far. */
  get count(): number {
    return this.#count
  }

  notify(): void {
    this.#count++
    forEachContained('configuration', this.#listeners, (listener) => listener())
  }

  /** Calls `listener` at every notification, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when `count` is above the given one, after `ms`, or on abort. */
  async after(count: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count > count || signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = contain(
        'configuration',
        () => {
          clearTimeout(timer)
          unsubscribe()
          signal.removeEventListener('abort', done)
          resolve()
        },
        () => resolve(),
      )
      const timer = setTimeout(done, ms)
      const unsubscribe = this.subscribe(done)
      signal.addEventListener('abort', done)
    })
  }
}
