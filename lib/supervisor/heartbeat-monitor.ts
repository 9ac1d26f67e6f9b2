import type { RunState } from './run-state.ts'

/** How much longer a process may be silent that is at work, or waits for a processor or a disk. */
export const BUSY_PATIENCE = 2.5

type Watch = {
  /** Between two heartbeats, milliseconds. */
  heartbeatMs: number
  /** How long a process may be silent, milliseconds. */
  hungAfterMs: number
  /** What the process does at the moment. */
  stateOf: () => RunState
  /** It is hung. @param silentMs for how long it has said nothing */
  onHung: (silentMs: number) => void
}

/**
 * Notices when a process stops answering. It counts its own ticks, not the clock, so that a moment in which the whole
 * machine stood still is not held against the process; and it is more patient with one that is merely busy.
 */
export class HeartbeatMonitor {
  readonly #watch: Watch
  #missed = 0
  #lastBeat = 0
  #timer: NodeJS.Timeout | null = null

  constructor(watch: Watch) {
    this.#watch = watch
  }

  /** A heartbeat came. The first one starts the watch. */
  beat(): void {
    this.#missed = 0
    this.#lastBeat = performance.now()
    this.#timer ??= setInterval(() => this.#tick(), this.#watch.heartbeatMs)
  }

  /** The process has ended; the watch begins anew with the next one's first heartbeat. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #tick(): void {
    this.#missed += 1
    const { heartbeatMs, hungAfterMs, stateOf, onHung } = this.#watch
    const silentMs = this.#missed * heartbeatMs
    if (silentMs <= hungAfterMs) return
    if (silentMs <= hungAfterMs * BUSY_PATIENCE && stateOf() === 'busy') return
    this.stop()
    onHung(performance.now() - this.#lastBeat)
  }
}
