import type { AclFields } from '#lib/core/acl.ts'
import {
  LB_PATTERNS_MAX,
  LB_RULE_CHARACTERS_MAX,
  LB_RULE_VALUES_MAX,
  MATCH_STEPS_MAX,
  MATCHER_STEPS,
} from '#lib/core/matching-limits.ts'
import { pathPrefix } from '#lib/core/path-prefix.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import type { AclRow, FrontendRow, RouteRow } from '../../store/tables.ts'
import { measurePatterns, patternCost } from './pattern-costs.ts'

/** The number of invalid expressions that one error lists. */
export const PATTERN_PROBLEMS_MAX = 20

type WithMatch = Pick<AclFields, 'match'>

/** The part of a load balancer's rules that the limits cover. */
export type LimitedRules = {
  frontends: readonly Pick<FrontendRow, 'id' | 'name'>[]
  acls: readonly Pick<AclRow, 'frontend_id' | 'match'>[]
  routes: readonly Pick<RouteRow, 'match'>[]
}

/** The regular expressions of ACLs. */
export function patternsOf(acls: readonly WithMatch[]): string[] {
  return acls.flatMap(({ match }) => (match.http_filter === 'regex' ? match.http_filter_value : []))
}

/**
 * Compiles the regular expressions of ACLs in slices and caches their costs, unless they exceed the limit. Call it before the
 * transaction, which reads the costs synchronously.
 */
export async function warmPatternCosts(acls: readonly WithMatch[]): Promise<void> {
  const patterns = patternsOf(acls)
  if (patterns.length <= LB_PATTERNS_MAX) await measurePatterns(patterns, PATTERN_PROBLEMS_MAX)
}

/**
 * One sentence for each limit of `lib/core/matching-limits.ts` that a change would exceed. Rules that exceed a limit already may change,
 * but not grow.
 */
export function limitProblems(before: LimitedRules, after: LimitedRules): string[] {
  const sizes = [...patternProblems(before, after), ...sizeProblems(before, after)]
  // Too many expressions are refused without compiling them.
  return sizes.length > 0 ? sizes : stepProblems(before, after)
}

function patternProblems(before: LimitedRules, after: LimitedRules): string[] {
  const patterns = patternsOf(after.acls)
  if (patterns.length <= LB_PATTERNS_MAX || isSubset(patterns, patternsOf(before.acls))) return []
  return [
    `The load balancer's ACLs would have ${patterns.length} regular expressions together. The limit is ` +
      `${LB_PATTERNS_MAX}. Remove some, or combine them: (one|other).`,
  ]
}

function sizeProblems(before: LimitedRules, after: LimitedRules): string[] {
  const [was, is] = [sizeOf(before), sizeOf(after)]
  const problems: string[] = []
  if (is.values > LB_RULE_VALUES_MAX && is.values > was.values) {
    problems.push(
      `The load balancer's rules would have ${is.values} addresses, values and routes together. The limit is ` +
        `${LB_RULE_VALUES_MAX}. Remove some, or combine addresses into networks.`,
    )
  }
  if (is.characters > LB_RULE_CHARACTERS_MAX && is.characters > was.characters) {
    problems.push(
      `The addresses, values and routes of the load balancer would have ${is.characters} characters together. The limit ` +
        `is ${LB_RULE_CHARACTERS_MAX}. Remove some.`,
    )
  }
  return problems
}

function sizeOf({ acls, routes }: LimitedRules): { values: number; characters: number } {
  let values = routes.length
  let characters = routes.reduce((sum, { match }) => sum + routeLength(match), 0)
  for (const { match } of acls) {
    values += match.ip_subnet.length + match.http_filter_value.length
    for (const subnet of match.ip_subnet) characters += subnet.length
    const prefixes = match.http_filter === 'path_begin'
    for (const value of match.http_filter_value) {
      characters += (prefixes ? pathPrefix(value) : value).length
    }
  }
  return { values, characters }
}

/** The number of characters that a route compares. */
function routeLength(match: LimitedRules['routes'][number]['match']): number {
  const { kind, value } = routeKind(match)
  return (kind === 'path_begin' ? pathPrefix(value) : value).length
}

function stepProblems(before: LimitedRules, after: LimitedRules): string[] {
  const now = Map.groupBy(after.acls, ({ frontend_id }) => frontend_id)
  const then = Map.groupBy(before.acls, ({ frontend_id }) => frontend_id)
  return after.frontends.flatMap(({ id, name }) => {
    const [was, is] = [then.get(id) ?? [], now.get(id) ?? []]
    if (isSubset(patternsOf(is), patternsOf(was))) return []
    const steps = stepsOf(is)
    if (steps <= MATCH_STEPS_MAX || steps <= stepsOf(was)) return []
    return [
      `The regular expressions of frontend "${name}" would take ${steps} steps per character together. The limit is ` +
        `${MATCH_STEPS_MAX}. Use fewer or shorter ones, or smaller counts in {…}.`,
    ]
  })
}

/** The steps per character of all regular expressions of a frontend. */
function stepsOf(acls: readonly WithMatch[]): number {
  const filtering = acls.filter(({ match }) => match.http_filter === 'regex')
  return patternsOf(filtering).reduce(
    (sum, pattern) => sum + (patternCost(pattern).steps ?? 0),
    MATCHER_STEPS * filtering.length,
  )
}

/** Whether `others` contains all of `texts`, duplicates included. */
function isSubset(texts: readonly string[], others: readonly string[]): boolean {
  if (texts.length > others.length) return false
  const remaining = new Map<string, number>()
  for (const text of others) remaining.set(text, (remaining.get(text) ?? 0) + 1)
  return texts.every((text) => {
    const count = remaining.get(text) ?? 0
    remaining.set(text, count - 1)
    return count > 0
  })
}
