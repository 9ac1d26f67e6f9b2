import { contain } from './faults.ts'

/** Lines of one kind that are written in each window. The rest are counted in one line. */
export const LINES_PER_KIND = 10
export const FLOOD_WINDOW_MS = 60_000
/** Kinds counted separately in each window. All others share one count. */
export const KINDS_MAX = 1000

const OTHERS = 'others'

/** The number of suppressed lines of one kind, and the last of them. */
export type Flood<Line> = { line: Line; count: number }

/**
 * Rate-limits log lines that clients can cause: of each kind ("401 for this address") it admits the first lines of a minute, and
 * reports the number of the others at its end.
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

  /** Whether to write a line. If not, it is counted. */
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

  /** Reports the suppressed lines and starts a new window. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const kinds = this.#kinds
    this.#kinds = new Map()
    for (const { left } of kinds.values()) if (left) this.#onFlood(left)
  }

  readonly #onTime = contain('maintenance', () => this.flush())
}
