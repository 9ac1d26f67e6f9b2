import { setImmediate } from 'node:timers/promises'
import { compilePathPattern, PathPatternError } from '#lib/core/path-pattern.ts'

/** What a regular expression takes for one character of a path, or why it can't be used. */
export type PatternCost = { steps: number; problem: null } | { steps: null; problem: string }

/** How many are kept: those of a few load balancers with as many as they may have. */
const KEPT_MAX = 4000
/** For how long expressions are compiled before other requests get their turn. Milliseconds. */
const SLICE_MS = 4

/** Those asked for last, the oldest first: compiling takes up to a millisecond, and the same are asked for with each change. */
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
 * Measures expressions a few milliseconds a turn, so that asking for them afterwards takes no time.
 * @param problemsMax after how many that can't be used it ends, as whoever sent them is told of these
 */
export async function measurePatterns(
  patterns: readonly string[],
  problemsMax: number,
): Promise<void> {
  let end = performance.now() + SLICE_MS
  let problems = 0
  for (const pattern of patterns) {
    if (performance.now() > end) {
      await setImmediate()
      end = performance.now() + SLICE_MS
    }
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
