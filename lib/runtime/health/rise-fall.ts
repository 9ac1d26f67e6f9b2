import type { LbReport } from '#lib/protocol/report.ts'

export type State = LbReport['servers'][number]['state']

/** A server's state, and the number of consecutive checks with the same result. */
export type RiseFallState = {
  readonly state: State
  readonly passing: boolean
  readonly streak: number
}

/** Consecutive passed checks that mark a server up. */
export const RISE = 2

export const UNCHECKED: RiseFallState = { state: 'unknown', passing: false, streak: 0 }

/** The number of consecutive checks with that result that decide a server's state. @param fall for failed checks */
export function thresholdOf(passed: boolean, fall: number): number {
  return passed ? RISE : fall
}

/** The state after one more check. The first check decides alone. @param fall consecutive failed checks that mark a server down */
export function riseFall(before: RiseFallState, passed: boolean, fall: number): RiseFallState {
  const threshold = thresholdOf(passed, fall)
  const repeated = before.streak > 0 && before.passing === passed
  const streak = repeated ? Math.min(before.streak + 1, threshold) : 1
  const decided = before.state === 'unknown' || streak >= threshold
  return { state: decided ? (passed ? 'up' : 'down') : before.state, passing: passed, streak }
}

/** Whether the last result contradicts the state, so that the next check is due sooner. */
export function isTransient({ state, passing }: RiseFallState): boolean {
  return state !== (passing ? 'up' : 'down')
}
