import type { Route } from '#lib/core/route.ts'
import { findRoute } from '../../store/find.ts'
import { routeView } from '../../views/route-view.ts'
import type { CallWith } from '../call.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'

export async function getRoute({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store'>): Promise<Versioned<Route>> {
  const { route } = await findRoute(ctx.store.reader, scope, id)
  return { value: routeView(route), etag: etagOf(route) }
}
