import type * as z from 'zod'
import { withDirtyFields } from '#lib/client/dirty-fields.ts'
import { type Route, UpdateRoute } from '#lib/core/route.ts'
import { type RouteKind, routeKind } from '#lib/core/route-kind.ts'

/** A route as its form holds it. */
export type RouteValues = { kind: RouteKind; value: string; subdomains: boolean; backend: string }
export type RouteField = keyof RouteValues

export function routeValues({ match, backend_id }: Route): RouteValues {
  const { kind, value } = routeKind(match)
  return { kind, value, subdomains: match.match_subdomains, backend: backend_id }
}

/** The request that the values make; a path has no subdomains. */
export function routeRequest(values: RouteValues): z.input<typeof UpdateRoute> {
  const { kind, value, subdomains, backend } = values
  const match_subdomains = kind !== 'path_begin' && subdomains
  return { backend_id: backend, match: { [kind]: value, match_subdomains } }
}

/** The same for an existing route. Fields that were not edited keep its values. */
export function routeChange(values: RouteValues, known: Route): z.input<typeof UpdateRoute> {
  const { backend_id, match } = known
  const before = routeRequest(routeValues(known))
  return withDirtyFields({ backend_id, match }, before, routeRequest(values))
}

/** The input of a field of the request. */
export function routeInput(field: string): RouteField | null {
  if (field === 'backend_id') return 'backend'
  if (field === 'match.match_subdomains') return 'subdomains'
  return field.startsWith('match') ? 'value' : null
}

/** What is wrong with the values, by input; empty where nothing is. */
export function routeProblems(values: RouteValues): Partial<Record<RouteField, string>> {
  const { error } = UpdateRoute.safeParse(routeRequest(values))
  const problems: Partial<Record<RouteField, string>> = {}
  for (const { path, message } of error?.issues ?? []) {
    problems[routeInput(path.join('.')) ?? 'value'] ??= message
  }
  if (values.value.trim() === '') {
    problems.value = values.kind === 'path_begin' ? 'Path is required.' : 'Name is required.'
  }
  return problems
}
