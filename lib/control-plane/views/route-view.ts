import type { Route } from '#lib/core/route.ts'
import type { RouteRow } from '../store/tables.ts'

/** A route as the API returns it. */
export function routeView({ lb_id: _lb, ...route }: RouteRow): Route {
  return route
}
