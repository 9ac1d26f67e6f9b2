import type { LbReport } from '#lib/config/report.ts'

export type State = LbReport['servers'][number]['state']

/** A server's state and how many of the last checks in a row had the same outcome. */
export type Standing = { readonly state: State; readonly passing: boolean; readonly streak: number }

/** Passed checks in a row that bring a server back. */
export const RISE = 2

export const UNCHECKED: Standing = { state: 'unknown', passing: false, streak: 0 }

/** How many contrary outcomes in a row change a state. The very first check decides alone. */
export function thresholdOf(state: State, fall: number): number {
  if (state === 'unknown') return 1
  return state === 'up' ? fall : RISE
}

/** The standing after one more check. @param fall failed checks in a row that take a server out */
export function riseFall(before: Standing, passed: boolean, fall: number): Standing {
  const threshold = thresholdOf(before.state, fall)
  const repeated = before.streak > 0 && before.passing === passed
  // Beyond the threshold there is nothing left to count.
  const streak = repeated ? Math.min(before.streak + 1, threshold) : 1
  const agrees = before.state === (passed ? 'up' : 'down')
  if (agrees || streak < threshold) return { state: before.state, passing: passed, streak }
  return { state: passed ? 'up' : 'down', passing: passed, streak }
}

/** Whether the last check said something else than the state does, so that the next one is due sooner. */
export function isTransient({ state, passing }: Standing): boolean {
  return state !== (passing ? 'up' : 'down')
}
