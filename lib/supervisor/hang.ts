import type { HangReason } from '#lib/protocol/quarantine.ts'
import type { ThreadState } from './run-state.ts'

/** A process that uses this much CPU time without a heartbeat loops, as a multiple of `hungAfterMs`. */
export const LOOPING_FACTOR = 2.5
/** How long a process may wait for a CPU or a disk without a heartbeat, as a multiple of `hungAfterMs`. */
export const STARVED_FACTOR = 25

/** A process whose heartbeats are missing. Times are milliseconds. */
export type Silence = {
  silentMs: number
  /** CPU time of its main thread since the last heartbeat. */
  cpuMs: number
  state: ThreadState
  /** How long it has slept without interruption and without using the CPU. */
  asleepMs: number
}

/**
 * Why a process counts as hung; null if it does not. A process that waits for a CPU or a disk is slow, not hung: killing it
 * would cost all of its connections. One that uses the CPU without a heartbeat is in a loop.
 * @param hungAfterMs the silence after which a sleeping process counts as hung
 */
export function hangOf(
  { silentMs, cpuMs, state, asleepMs }: Silence,
  hungAfterMs: number,
): HangReason | null {
  if (silentMs <= hungAfterMs) return null
  if (state === 'stopped') return 'stopped'
  if (cpuMs >= hungAfterMs * LOOPING_FACTOR) return 'looping'
  if (silentMs > hungAfterMs * STARVED_FACTOR) return 'starved'
  return asleepMs >= hungAfterMs ? 'silent' : null
}
