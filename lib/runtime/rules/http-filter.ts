import { formatAuthority, parseAuthority } from '#lib/core/host.ts'
import { MATCHER_STEPS } from '#lib/core/matching-limits.ts'
import type { PathAutomaton } from '#lib/core/path-automaton.ts'
import { compilePathPattern, PathPatternError } from '#lib/core/path-pattern.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { AffixSet } from './affix-set.ts'
import { PathMatcher } from './path-matcher.ts'
import type { RequestMatch } from './request-match.ts'
import { readRulePath } from './request-path.ts'

/** Whether a request matches. @throws HttpError, MatchLimitError */
export type HttpFilter = (request: RequestMatch) => boolean

type DesiredFilter = NonNullable<DesiredAcl['match']['http']>

/** Steps of a lookup among the values of a header. */
const LOOKUP_STEPS = 16

/** A filter is invalid: its regular expressions can't be parsed, or take too many steps. */
export class FilterError extends Error {}

/**
 * Compiles a filter, and yields between steps.
 * @param stepsMax limit of steps per character for its regular expressions
 * @returns the filter, and their steps per character
 * @throws FilterError
 */
export function* compileHttpFilter(
  filter: DesiredFilter,
  stepsMax: number,
): Generator<void, { matches: HttpFilter; steps: number }> {
  const { values } = filter
  switch (filter.type) {
    case 'path_begin':
      return affixFilter(new AffixSet('begin', values.map(readRulePath)))
    case 'path_end':
      return affixFilter(new AffixSet('end', values.map(readRulePath)))
    case 'path_regex':
      return yield* patternFilter(values, stepsMax)
    case 'header':
      return { matches: headerFilter(filter.name.toLowerCase(), values), steps: 0 }
  }
}

function* patternFilter(
  values: readonly string[],
  stepsMax: number,
): Generator<void, { matches: HttpFilter; steps: number }> {
  const patterns: PathAutomaton[] = []
  let steps = MATCHER_STEPS
  for (const value of values) {
    const pattern = readPattern(value)
    steps += pattern.steps()
    if (steps > stepsMax) {
      throw new FilterError(
        `Its regular expressions take more than ${stepsMax} steps per character.`,
      )
    }
    patterns.push(pattern)
    yield
  }
  const matcher = new PathMatcher(patterns, steps)
  return { matches: (request) => matcher.test(request.path, request.budget, request), steps }
}

function readPattern(value: string): PathAutomaton {
  try {
    return compilePathPattern(value)
  } catch (error) {
    if (error instanceof PathPatternError) throw new FilterError(error.message, { cause: error })
    throw error
  }
}

function affixFilter(affixes: AffixSet): { matches: HttpFilter; steps: number } {
  return { matches: ({ path, budget }) => affixes.matches(path, budget), steps: 0 }
}

function headerFilter(name: string, values: readonly string[]): HttpFilter {
  if (name === 'host') return hostFilter(values)
  // Heads are latin1, and rules are Unicode.
  const wanted = values.map((value) => Buffer.from(value.trim(), 'utf8').toString('latin1'))
  return (request) => {
    const present = request.header(name)
    if (present === null) return false
    request.budget.spend(LOOKUP_STEPS * wanted.length)
    return wanted.length === 0 || wanted.some((value) => present.has(value))
  }
}

/**
 * Compares normalised hosts; the host of an absolute target wins over the Host field. A value without a port matches every
 * port, and an invalid one matches nothing.
 */
function hostFilter(values: readonly string[]): HttpFilter {
  if (values.length === 0) return ({ head }) => head.host !== ''
  const wanted = values.map(parseAuthority).filter((authority) => authority !== null)
  const hosts = new Set(wanted.filter(({ port }) => port === null).map(({ host }) => host))
  const authorities = new Set(wanted.filter(({ port }) => port !== null).map(formatAuthority))
  return (request) => {
    if (hosts.has(request.host)) return true
    const authority = authorities.size > 0 && parseAuthority(request.head.host)
    return authority ? authorities.has(formatAuthority(authority)) : false
  }
}
