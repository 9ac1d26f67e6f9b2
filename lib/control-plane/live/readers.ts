/** The event streams that one account or token can have open: more than the tabs that a person uses. */
export const STREAMS_MAX = 40

/** Counts the open streams of each reader, and limits them. */
export class Readers {
  readonly #max: number
  readonly #open = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more stream. Returns a function that ends it; null if the reader has the maximum. */
  enter(reader: string): (() => void) | null {
    const count = this.#open.get(reader) ?? 0
    if (count >= this.#max) return null
    this.#open.set(reader, count + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const rest = (this.#open.get(reader) ?? 1) - 1
      if (rest === 0) this.#open.delete(reader)
      else this.#open.set(reader, rest)
    }
  }
}
