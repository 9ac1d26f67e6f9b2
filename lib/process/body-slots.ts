/**
 * Bounds how many unauthenticated bodies are read at once. A new body evicts the oldest: a login's body arrives with its head, so
 * slow bodies can't keep logins out.
 */
export class BodySlots {
  readonly #max: number
  /** Oldest first. */
  readonly #taken = new Set<AbortController>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes a slot. `signal` is aborted when a newer body evicts this one; `free` releases the slot. */
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
