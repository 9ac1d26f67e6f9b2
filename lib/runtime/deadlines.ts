import { contain, reportFault } from '#lib/process/faults.ts'
import { currentMark, workUnder } from './watchdog/work-marks.ts'

/** Something with a timeout. */
export interface Expiring {
  /** On the clock of `performance.now()`, milliseconds; Infinity for never. */
  deadline: number
  /** The deadline has passed. Called again at every sweep until it moves its deadline or is removed. */
  expire(): void
}

const SWEEP_MS = 50
/** Time for expiring deadlines in one iteration of the event loop; the rest follows in the next. Milliseconds. */
const EXPIRING_MS_MAX = 10
/** Delay before `expire` is called again after it threw. Milliseconds. */
const RETRY_MS = 1000

/**
 * The deadlines of all connections, with one timer. Each chunk of data moves a deadline, which costs one assignment; in return,
 * timeouts are noticed up to 50 ms late.
 */
export class Deadlines {
  /** Each with the mark under which it was added. */
  readonly #members = new Map<Expiring, number>()
  #timer: NodeJS.Timeout | null = null

  add(member: Expiring): void {
    this.#members.set(member, currentMark())
    this.#timer ??= setInterval(this.#onSweep, SWEEP_MS)
  }

  remove(member: Expiring): void {
    this.#members.delete(member)
    if (this.#members.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  readonly #onSweep = contain('deadline', () => this.#sweep())

  #sweep(): void {
    const now = performance.now()
    for (const [member, mark] of this.#members) {
      if (member.deadline > now) continue
      workUnder(mark, () => this.#expire(member))
      if (performance.now() - now < EXPIRING_MS_MAX) continue
      setImmediate(this.#onSweep)
      return
    }
  }

  #expire(member: Expiring): void {
    try {
      member.expire()
    } catch (fault) {
      // Delayed, because it may throw every time.
      member.deadline = performance.now() + RETRY_MS
      reportFault(fault, 'deadline')
    }
  }
}

/** The deadlines of this process. */
export const deadlines = new Deadlines()
