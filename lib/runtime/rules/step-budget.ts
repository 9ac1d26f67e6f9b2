/**
 * Steps that matching one request may take: as many as rules within the limits of `lib/core/matching-limits.ts` take for
 * the longest path and header there can be, so that those are never cut off.
 */
export const REQUEST_STEPS_MAX = 20_000_000

/** Matching a request would take more steps than it may have. */
export class MatchLimitError extends Error {}

/** The steps that are left for one request, over all ACLs and routes of its frontend. */
export class StepBudget {
  left: number

  constructor(steps = REQUEST_STEPS_MAX) {
    this.left = steps
  }

  /** @throws MatchLimitError where that is more than is left */
  spend(steps: number): void {
    this.left -= steps
    if (this.left < 0) throw new MatchLimitError('Matching the request takes too many steps.')
  }
}
