/** Streams that one account or token may have open: more tabs than anyone looks at. */
export const STREAMS_MAX = 40

/** How many streams each reader has open, at most `max`, so that nobody can hold them without end. */
export class Readers {
  readonly #max: number
  readonly #open = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more. Returns how to give it back, null where the reader has as many as it may. */
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
