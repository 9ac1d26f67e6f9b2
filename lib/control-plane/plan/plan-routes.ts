import { hostOf } from '#lib/core/host.ts'
import { pathPrefix } from '#lib/core/path-prefix.ts'
import type { RouteMatch } from '#lib/core/route.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import type { DesiredRoute } from '#lib/protocol/desired-config.ts'
import type { RouteRow } from '../store/tables.ts'

/**
 * A frontend's routes in the order of evaluation, the most specific first: names without subdomains, then names with
 * subdomains, then paths. Within each, the longer first, then the older.
 */
export function planRoutes(routes: RouteRow[]): DesiredRoute[] {
  return routes
    .map((row) => ({ ...row, match: matchOf(row.match) }))
    .toSorted(bySpecificity)
    .map(({ id, backend_id, match }) => ({ id, backend_id, match }))
}

type Planned = Pick<DesiredRoute, 'match'> & Pick<RouteRow, 'created_at'>

function bySpecificity(one: Planned, other: Planned): number {
  const rank = rankOf(one.match) - rankOf(other.match)
  const length = textOf(other.match).length - textOf(one.match).length
  return rank || length || (one.created_at < other.created_at ? -1 : 1)
}

function rankOf(match: DesiredRoute['match']): number {
  if (match.type === 'path_begin') return 2
  return match.subdomains ? 1 : 0
}

function textOf(match: DesiredRoute['match']): string {
  return match.type === 'path_begin' ? match.path : match.name
}

function matchOf(match: RouteMatch): DesiredRoute['match'] {
  const { kind, value } = routeKind(match)
  if (kind === 'path_begin') return { type: kind, path: pathPrefix(value) }
  const type = kind === 'sni' ? 'sni' : 'host'
  return { type, name: hostOf(value), subdomains: match.match_subdomains }
}
