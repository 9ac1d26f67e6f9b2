import { contain } from '#lib/process/faults.ts'
import type { HangReason } from '#lib/protocol/quarantine.ts'
import { hangOf } from './hang.ts'
import type { RunState } from './run-state.ts'

type Watch = {
  /** Between two heartbeats, milliseconds. */
  heartbeatMs: number
  /** How long a process may be silent, milliseconds. */
  hungAfterMs: number
  /** What the process does at the moment. */
  stateOf: () => RunState
  /** Whether the hung process may be killed now. Called again at every tick until it may. */
  mayEnd: (reason: HangReason) => boolean
  /** It hangs and may be killed. */
  onHung: (reason: HangReason) => void
  /** It hung, was not killed yet, and sends heartbeats again. */
  onRecovered: () => void
}

/**
 * Notices when a process stops answering. It counts its own ticks, not the clock, so that a moment in which the whole
 * machine stood still does not count. `hangOf` decides what the silence means.
 */
export class HeartbeatMonitor {
  readonly #watch: Watch
  #missed = 0
  #lastBeatAt: number | null = null
  #timer: NodeJS.Timeout | null = null
  /** CPU time of the process at the first missed heartbeat, and at the last tick. */
  #cpu: { before: number; last: number } | null = null
  /** Consecutive ticks at which it slept and had used no CPU since the tick before. */
  #asleep = 0
  #isSpared = false

  constructor(watch: Watch) {
    this.#watch = watch
  }

  /** Whether it is watched and its heartbeats are in time. */
  get isBeating(): boolean {
    return this.#timer !== null && this.#missed * this.#watch.heartbeatMs <= this.#watch.hungAfterMs
  }

  /** When the last heartbeat came, on the clock of `performance.now()`; null before the first of the present process. */
  get lastBeatAt(): number | null {
    return this.#lastBeatAt
  }

  /** A heartbeat came. The first one starts the watch. */
  beat(): void {
    this.#missed = 0
    this.#cpu = null
    this.#asleep = 0
    this.#lastBeatAt = performance.now()
    this.#timer ??= setInterval(this.#onTick, this.#watch.heartbeatMs)
    if (!this.#isSpared) return
    this.#isSpared = false
    this.#watch.onRecovered()
  }

  /** The process has ended; the watch begins anew with the next one's first heartbeat. */
  stop(): void {
    this.#stopTimer()
    this.#lastBeatAt = null
  }

  #stopTimer(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    this.#cpu = null
    this.#isSpared = false
  }

  readonly #onTick = contain('heartbeat', () => this.#tick())

  #tick(): void {
    this.#missed += 1
    // One heartbeat may always be in transit.
    if (this.#missed < 2) return
    const { heartbeatMs, hungAfterMs, stateOf, mayEnd, onHung } = this.#watch
    const { state, cpuMs } = stateOf()
    const { before, last } = this.#cpu ?? { before: cpuMs, last: cpuMs }
    this.#cpu = { before, last: cpuMs }
    const silentMs = this.#missed * heartbeatMs
    const isAsleep = (state === 'sleeping' || state === 'gone') && cpuMs === last
    this.#asleep = isAsleep ? this.#asleep + 1 : 0
    const asleepMs = this.#asleep * heartbeatMs
    const reason = hangOf({ silentMs, cpuMs: cpuMs - before, state, asleepMs }, hungAfterMs)
    if (reason === null) return
    if (!mayEnd(reason)) {
      this.#isSpared = true
      return
    }
    this.#stopTimer()
    onHung(reason)
  }
}
