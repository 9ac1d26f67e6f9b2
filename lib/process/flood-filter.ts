import { contain } from './faults.ts'

/** Lines of a kind that are written one by one; those that follow in the same time are counted in one line. */
export const LINES_PER_KIND = 10
/** Milliseconds. */
export const FLOOD_WINDOW_MS = 60_000
/** So many kinds are told apart in that time; all others are one kind. */
export const KINDS_MAX = 1000

const OTHERS = 'others'

/** The lines of a kind that were not written: how many, and the last of them. */
export type Flood<Line> = { line: Line; count: number }

/**
 * Bounds what others can have a log grow by: of each kind ("401 for this address") the first lines of a minute are written, and
 * then one with the number of the others.
 */
export class FloodFilter<Line> {
  readonly #onFlood: (flood: Flood<Line>) => void
  readonly #windowMs: number
  #kinds = new Map<string, { written: number; left: Flood<Line> | null }>()
  #timer: NodeJS.Timeout | null = null

  constructor(onFlood: (flood: Flood<Line>) => void, windowMs = FLOOD_WINDOW_MS) {
    this.#onFlood = onFlood
    this.#windowMs = windowMs
  }

  /** Whether a line is to be written; else it is counted. */
  admits(kind: string, line: Line): boolean {
    this.#timer ??= setTimeout(this.#onTime, this.#windowMs).unref()
    const key = this.#kinds.has(kind) || this.#kinds.size < KINDS_MAX ? kind : OTHERS
    const known = this.#kinds.get(key) ?? { written: 0, left: null }
    this.#kinds.set(key, known)
    if (known.written < LINES_PER_KIND) {
      known.written += 1
      return true
    }
    known.left = { line, count: (known.left?.count ?? 0) + 1 }
    return false
  }

  /** Tells what was counted, and begins anew. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const kinds = this.#kinds
    this.#kinds = new Map()
    for (const { left } of kinds.values()) if (left) this.#onFlood(left)
  }

  readonly #onTime = contain('maintenance', () => this.flush())
}
