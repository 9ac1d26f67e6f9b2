/**
 * Bounds how many bodies of requests without authentication are read at once. A new one takes the slot of the one that has
 * taken longest: a log-in's body comes with its head, so slow ones can't keep it out.
 */
export class BodySlots {
  readonly #max: number
  /** The one that was taken first comes first. */
  readonly #taken = new Set<AbortController>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes a slot. `signal` is aborted where another takes it over; `free` gives it back. */
  take(): { signal: AbortSignal; free: () => void } {
    const slot = new AbortController()
    this.#taken.add(slot)
    const [oldest] = this.#taken
    if (this.#taken.size > this.#max && oldest) {
      this.#taken.delete(oldest)
      oldest.abort()
    }
    return { signal: slot.signal, free: () => this.#taken.delete(slot) }
  }
}
