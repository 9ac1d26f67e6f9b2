import { type Route, UpdateRoute } from '#lib/core/route.ts'
import { timestamp } from '../../clock.ts'
import { refuseProblems } from '../../errors.ts'
import { findRoute } from '../../store/find.ts'
import { routeView } from '../../views/route-view.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { routeProblems } from './route-problems.ts'

/** Updates the match and the backend of a route. */
export async function updateRoute({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write>): Promise<Versioned<Route>> {
  const { lb } = await findRoute(ctx.store.reader, scope, id)
  const request = parseInput(UpdateRoute, input)
  return changeLb(ctx, lb.id, async (writer) => {
    const { route } = await findRoute(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(route), route.id)
    const frontend = await writer
      .selectFrom('frontends')
      .selectAll()
      .where('id', '=', route.frontend_id)
      .executeTakeFirstOrThrow()
    refuseProblems(await routeProblems(writer, frontend, route.id, request))
    const { backend_id, match } = request
    const columns = { backend_id, match, updated_at: timestamp() }
    await writer.updateTable('routes').set(columns).where('id', '=', route.id).execute()
    const after = { ...route, ...columns }
    return {
      entries: [{ verb: 'update', type: 'route', id: route.id, before: route, after }],
      result: async () => ({ value: routeView(after), etag: etagOf(after) }),
    }
  })
}
