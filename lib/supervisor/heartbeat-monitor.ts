import { contain } from '#lib/process/faults.ts'
import type { HangReason } from '#lib/protocol/quarantine.ts'
import { hangOf } from './hang.ts'
import type { RunState } from './run-state.ts'

type Watch = {
  /** The interval of heartbeats, milliseconds. */
  heartbeatMs: number
  /** How long a process may send no heartbeat, milliseconds. */
  hungAfterMs: number
  /** The state of the process now. */
  stateOf: () => RunState
  /** Whether the hung process may be killed now. Called again at every tick until it may. */
  mayKill: (reason: HangReason) => boolean
  /** The process hangs and may be killed. */
  onHung: (reason: HangReason) => void
  /** The process hung, was not killed, and sends heartbeats again. */
  onRecovered: () => void
}

/**
 * Detects that a process hangs, from missing heartbeats. It counts its own timer ticks instead of reading the clock, so that a pause of
 * the whole machine does not count. `hangOf` tells a hung process from a slow one.
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
  #isDeferred = false

  constructor(watch: Watch) {
    this.#watch = watch
  }

  /** Whether the process is watched and its heartbeats are on time. */
  get isBeating(): boolean {
    return this.#timer !== null && this.#missed * this.#watch.heartbeatMs <= this.#watch.hungAfterMs
  }

  /** When the last heartbeat arrived, on the clock of `performance.now()`; null before the first of the running process. */
  get lastBeatAt(): number | null {
    return this.#lastBeatAt
  }

  /** A heartbeat arrived. The first one starts the watch. */
  beat(): void {
    this.#missed = 0
    this.#cpu = null
    this.#asleep = 0
    this.#lastBeatAt = performance.now()
    this.#timer ??= setInterval(this.#onTick, this.#watch.heartbeatMs)
    if (!this.#isDeferred) return
    this.#isDeferred = false
    this.#watch.onRecovered()
  }

  /** The process has ended. The next one's first heartbeat starts the watch again. */
  stop(): void {
    this.#stopTimer()
    this.#lastBeatAt = null
  }

  #stopTimer(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    this.#cpu = null
    this.#isDeferred = false
  }

  readonly #onTick = contain('heartbeat', () => this.#tick())

  #tick(): void {
    this.#missed += 1
    // One heartbeat may always be in transit.
    if (this.#missed < 2) return
    const { heartbeatMs, hungAfterMs, stateOf, mayKill, onHung } = this.#watch
    const { state, cpuMs } = stateOf()
    const { before, last } = this.#cpu ?? { before: cpuMs, last: cpuMs }
    this.#cpu = { before, last: cpuMs }
    const silentMs = this.#missed * heartbeatMs
    const isAsleep = (state === 'sleeping' || state === 'gone') && cpuMs === last
    this.#asleep = isAsleep ? this.#asleep + 1 : 0
    const asleepMs = this.#asleep * heartbeatMs
    const reason = hangOf({ silentMs, cpuMs: cpuMs - before, state, asleepMs }, hungAfterMs)
    if (reason === null) return
    if (!mayKill(reason)) {
      this.#isDeferred = true
      return
    }
    this.#stopTimer()
    onHung(reason)
  }
}
