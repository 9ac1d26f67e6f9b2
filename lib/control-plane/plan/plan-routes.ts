import type { DesiredRoute } from '#lib/config/desired.ts'
import { hostOf } from '#lib/core/host.ts'
import type { RouteMatch } from '#lib/core/route.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import type { RouteRow } from '../store/tables.ts'

/**
 * A frontend's routes in the order in which they are tried, so that the one that says most wins: names without
 * subdomains, then names with them, then paths; of each the longer first, and the older of two that are as long.
 */
export function planRoutes(routes: RouteRow[]): DesiredRoute[] {
  return routes.toSorted(bySpecificity).map(({ id, backend_id, match }) => ({
    id,
    backend_id,
    match: matchOf(match),
  }))
}

function bySpecificity(one: RouteRow, other: RouteRow): number {
  const rank = rankOf(one.match) - rankOf(other.match)
  const length = routeKind(other.match).value.length - routeKind(one.match).value.length
  return rank || length || (one.created_at < other.created_at ? -1 : 1)
}

function rankOf(match: RouteMatch): number {
  if (match.path_begin !== undefined) return 2
  return match.match_subdomains ? 1 : 0
}

function matchOf(match: RouteMatch): DesiredRoute['match'] {
  const { kind, value } = routeKind(match)
  if (kind === 'path_begin') return { type: kind, path: value }
  const type = kind === 'sni' ? 'sni' : 'host'
  return { type, name: hostOf(value), subdomains: match.match_subdomains }
}
