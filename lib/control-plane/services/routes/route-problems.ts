import { hostOf } from '#lib/core/host.ts'
import { pathPrefix } from '#lib/core/path-prefix.ts'
import { ROUTES_MAX, type RouteMatch } from '#lib/core/route.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import type { FieldProblem } from '../../errors.ts'
import type { Reader } from '../../store/reader.ts'
import type { FrontendRow } from '../../store/tables.ts'
import { routeMatchProblems, routeTargetProblems } from '../rules/protocol-conflicts.ts'
import { limitProblems } from '../rules/rule-limits.ts'
import { limitedRules, loadRuleSet } from '../rules/rule-set.ts'

/** Conflicts of a route with other rules of its load balancer. `ownId` is null for a new route. */
export async function routeProblems(
  reader: Reader,
  frontend: FrontendRow,
  ownId: string | null,
  { match, backend_id }: { match: RouteMatch; backend_id: string },
): Promise<FieldProblem[]> {
  const backends = await reader
    .selectFrom('backends')
    .select(['id', 'name', 'forward_protocol'])
    .where('lb_id', '=', frontend.lb_id)
    .where('id', 'in', [frontend.backend_id, backend_id])
    .execute()
  const own = backends.find(({ id }) => id === frontend.backend_id)
  const target = backends.find(({ id }) => id === backend_id)
  const problems: FieldProblem[] = []
  if (own) problems.push(...routeMatchProblems(match, own.forward_protocol))
  if (!target) {
    const message = `The frontend's load balancer has no backend ${backend_id}.`
    problems.push({ field: 'backend_id', message })
  } else if (own) problems.push(...routeTargetProblems(target, own.forward_protocol))
  return [
    ...problems,
    ...(await routeConflicts(reader, frontend, ownId, match)),
    ...(await limitConflicts(reader, frontend, ownId, match)),
  ]
}

/** Exceeded limits of the load balancer's rules. */
async function limitConflicts(
  reader: Reader,
  frontend: FrontendRow,
  ownId: string | null,
  match: RouteMatch,
): Promise<FieldProblem[]> {
  const rules = await loadRuleSet(reader, frontend.lb_id)
  const before = limitedRules(rules)
  const others = [...rules.routes.values()].filter(({ id }) => id !== ownId)
  const { kind } = routeKind(match)
  return limitProblems(before, { ...before, routes: [...others, { match }] }).map((message) => ({
    field: `match.${kind}`,
    message,
  }))
}

/** Duplicates, and too many routes of the frontend. */
async function routeConflicts(
  reader: Reader,
  frontend: FrontendRow,
  ownId: string | null,
  match: RouteMatch,
): Promise<FieldProblem[]> {
  const routes = await reader
    .selectFrom('routes')
    .select(['id', 'match'])
    .where('frontend_id', '=', frontend.id)
    .execute()
  const others = routes.filter(({ id }) => id !== ownId)
  const { kind, value } = routeKind(match)
  if (others.some((other) => sameMatch(other.match, match))) {
    const message = `Frontend "${frontend.name}" already has a route for ${value}.`
    return [{ field: `match.${kind}`, message }]
  }
  if (others.length < ROUTES_MAX) return []
  return [{ field: 'frontend_id', message: `A frontend can have at most ${ROUTES_MAX} routes.` }]
}

function sameMatch(one: RouteMatch, other: RouteMatch): boolean {
  const [a, b] = [routeKind(one), routeKind(other)]
  const compared = a.kind === 'path_begin' ? pathPrefix : hostOf
  const same = a.kind === b.kind && compared(a.value) === compared(b.value)
  return same && one.match_subdomains === other.match_subdomains
}
