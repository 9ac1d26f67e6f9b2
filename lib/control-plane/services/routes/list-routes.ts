import { ListRoutes, type RouteList } from '#lib/core/route.ts'
import { isWithin } from '../../store/filters.ts'
import { readPage } from '../../store/page.ts'
import { routeView } from '../../views/route-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of the routes in the scope that match the filters. */
export async function listRoutes({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store'>): Promise<RouteList> {
  const filter = parseInput(ListRoutes, query)
  let matches = ctx.store.reader
    .selectFrom('routes')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('lbs')
          .select('lbs.id')
          .whereRef('lbs.id', '=', 'routes.lb_id')
          .where(isWithin('lbs', scope)),
      ),
    )
  if (filter.frontend_id) matches = matches.where('frontend_id', '=', filter.frontend_id)
  if (filter.lb_id) matches = matches.where('lb_id', '=', filter.lb_id)
  const { rows, total } = await readPage(ctx.store.reader, 'routes', matches, filter)
  return { routes: rows.map(routeView), total_count: total }
}
