import { contain, forEachContained } from '#lib/process/faults.ts'
/** Tells whoever waits that something was committed. A wake-up carries nothing: what changed is read from the store. */
export class Signal {
  #count = 0
  readonly #listeners = new Set<() => void>()

  /** Grows with every commit. */
  get count(): number {
    return this.#count
  }

  notify(): void {
    this.#count++
    forEachContained('configuration', this.#listeners, (listener) => listener())
  }

  /** Calls `listener` after every commit, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves at the first commit after the `seen`-th, at once where that has been; else after `ms`, or on abort. */
  async after(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count > seen || signal.aborted) return
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
