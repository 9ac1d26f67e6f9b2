import type { Route } from '#lib/core/route.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findRoute } from '../../store/find.ts'
import { routeView } from '../../views/route-view.ts'
import { etagOf, type Versioned } from '../answer.ts'

export async function getRoute({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Route>> {
  const { route } = await findRoute(ctx.store.reader, scope, id)
  return { value: routeView(route), etag: etagOf(route) }
}
