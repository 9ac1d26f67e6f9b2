/**
 * The step budget of a request. Rules within `lib/core/matching-limits.ts` never exceed it, even with the longest path and
 * headers.
 */
export const REQUEST_STEPS_MAX = 20_000_000

/** Matching a request would exceed its step budget. */
export class MatchLimitError extends Error {}

/** The steps left for one request, over all ACLs and routes of its frontend. */
export class StepBudget {
  left: number

  constructor(steps = REQUEST_STEPS_MAX) {
    this.left = steps
  }

  /** @throws MatchLimitError if fewer are left */
  spend(steps: number): void {
    this.left -= steps
    if (this.left < 0) throw new MatchLimitError('Matching the request takes too many steps.')
  }
}
