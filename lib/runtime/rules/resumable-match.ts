import { loopBudget } from '../scheduling/loop-budget.ts'

/** The time slice is used up. The next call, in a later iteration of the event loop, continues the match. */
export class MatchSuspended extends Error {}

/** The state of a suspended match; null if there is none. */
export type ResumableMatch = { run: Generator<void, boolean> | null }

/** Runs a match until it ends or the time slice is used up. @throws MatchSuspended */
export function resume(run: Generator<void, boolean>, match: ResumableMatch): boolean {
  for (;;) {
    const step = run.next()
    if (step.done) {
      match.run = null
      return step.value
    }
    if (!loopBudget.sliceSpent) continue
    match.run = run
    throw new MatchSuspended()
  }
}
