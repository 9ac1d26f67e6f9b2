import { compilePathPattern, PathPatternError } from '#lib/core/path-pattern.ts'
import { yieldEvery } from '../../yield-every.ts'

/** The steps per character of a regular expression, or the reason why it is invalid. */
export type PatternCost = { steps: number; problem: null } | { steps: null; problem: string }

/** Cached costs: enough for several load balancers at their limit. */
const CACHED_MAX = 4000

/** An LRU cache, oldest first: compiling takes up to a millisecond, and each change needs the same expressions again. */
const cache = new Map<string, PatternCost>()

export function patternCost(pattern: string): PatternCost {
  const cost = cache.get(pattern) ?? measure(pattern)
  cache.delete(pattern)
  cache.set(pattern, cost)
  for (const oldest of cache.keys()) {
    if (cache.size <= CACHED_MAX) break
    cache.delete(oldest)
  }
  return cost
}

/**
 * Measures expressions in slices of a few milliseconds and caches their costs.
 * @param problemsMax stops after this many invalid expressions, because an error lists no more
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
