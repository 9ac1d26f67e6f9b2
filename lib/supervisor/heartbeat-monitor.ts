import { HEARTBEAT_INTERVAL_MS } from '#lib/config/supervision.ts'

/** Intervals without a heartbeat after which a node counts as hung: one second. */
export const MISSED_HEARTBEATS_MAX = 20

/**
 * Notices when a process stops answering. It counts its own ticks, not the clock, so that a moment in which the whole
 * machine stood still is not held against the process.
 */
export class HeartbeatMonitor {
  #missed = 0
  #timer: NodeJS.Timeout | null = null
  readonly #onHung: () => void

  constructor(onHung: () => void) {
    this.#onHung = onHung
  }

  /** A heartbeat came. The first one starts the watch. */
  beat(): void {
    this.#missed = 0
    this.#timer ??= setInterval(() => this.#tick(), HEARTBEAT_INTERVAL_MS)
  }

  /** The process has ended; the watch begins anew with the next one's first heartbeat. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #tick(): void {
    this.#missed += 1
    if (this.#missed <= MISSED_HEARTBEATS_MAX) return
    this.stop()
    this.#onHung()
  }
}
