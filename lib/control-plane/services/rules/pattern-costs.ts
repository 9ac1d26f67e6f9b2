import { compilePathPattern, PathPatternError } from '#lib/core/path-pattern.ts'
import { yieldEvery } from '../../yield-every.ts'

/** The steps per character of a regular expression, or why it is invalid. */
export type PatternCost = { steps: number; problem: null } | { steps: null; problem: string }

/** Cached costs: enough for several load balancers at their limit. */
const KEPT_MAX = 4000

/** An LRU cache, oldest first: compiling takes up to a millisecond, and each change needs the same expressions again. */
const kept = new Map<string, PatternCost>()

export function patternCost(pattern: string): PatternCost {
  const cost = kept.get(pattern) ?? measure(pattern)
  kept.delete(pattern)
  kept.set(pattern, cost)
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break
    kept.delete(oldest)
  }
  return cost
}

/**
 * Measures expressions in slices of a few milliseconds and caches their costs.
 * @param problemsMax stops after this many invalid ones, which are enough for an error
 */
export async function measurePatterns(
  patterns: readonly string[],
  problemsMax: number,
): Promise<void> {
  const yieldWhenDue = yieldEvery()
  let problems = 0
  for (const pattern of patterns) {
    await yieldWhenDue()
    if (patternCost(pattern).problem === null) continue
    problems += 1
    if (problems >= problemsMax) return
  }
}

function measure(pattern: string): PatternCost {
  try {
    return { steps: compilePathPattern(pattern).steps(), problem: null }
  } catch (error) {
    if (error instanceof PathPatternError) return { steps: null, problem: error.message }
    throw error
  }
}
