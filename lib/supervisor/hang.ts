import type { HangReason } from '#lib/config/quarantine.ts'
import type { ThreadState } from './run-state.ts'

/** Processor time without a heartbeat that counts as an endless loop, in times of the silence that counts as hung. */
export const LOOPING_FACTOR = 2.5
/** How long a process may wait for a processor or a disk without a heartbeat, in times of that silence. */
export const STARVED_FACTOR = 25

/** What is known of a process that has not been heard for a while. Times are milliseconds. */
export type Silence = {
  silentMs: number
  /** Processor time that its main thread has had since. */
  cpuMs: number
  state: ThreadState
  /** For how long it has been seen to sleep all the time, without any processor time. */
  asleepMs: number
}

/**
 * Whether a process hangs, and in which way; null where it does not, or not yet. One that waits for a processor or a disk is
 * slow, not hung: killing it would cost all of its connections. One that has had the processor and sends no heartbeat
 * is in a loop.
 * @param hungAfterMs the silence after which a process that has nothing to do counts as hung
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
