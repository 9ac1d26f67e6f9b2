import type { LbReport } from '#lib/protocol/report.ts'

export type State = LbReport['servers'][number]['state']

/** A server's state and how many of the last checks in a row had the same outcome. */
export type RiseFallState = {
  readonly state: State
  readonly passing: boolean
  readonly streak: number
}

/** Passed checks in a row that bring a server back. */
export const RISE = 2

export const UNCHECKED: RiseFallState = { state: 'unknown', passing: false, streak: 0 }

/** How many checks in a row with that outcome decide a server's state. @param fall for failed ones */
export function thresholdOf(passed: boolean, fall: number): number {
  return passed ? RISE : fall
}

/** The standing after one more check; the very first decides alone. @param fall failed checks that take a server out */
export function riseFall(before: RiseFallState, passed: boolean, fall: number): RiseFallState {
  const threshold = thresholdOf(passed, fall)
  const repeated = before.streak > 0 && before.passing === passed
  // Beyond the threshold there is nothing left to count.
  const streak = repeated ? Math.min(before.streak + 1, threshold) : 1
  const decided = before.state === 'unknown' || streak >= threshold
  return { state: decided ? (passed ? 'up' : 'down') : before.state, passing: passed, streak }
}

/** Whether the last check said something else than the state does, so that the next one is due sooner. */
export function isTransient({ state, passing }: RiseFallState): boolean {
  return state !== (passing ? 'up' : 'down')
}
