import { findRoute } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Deletes a route. Its traffic goes to the frontend's own backend from then on. */
export async function deleteRoute({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  const { lb } = await findRoute(ctx.store.reader, scope, id)
  await changeLb(ctx, lb.id, async (writer) => {
    const { route } = await findRoute(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(route), route.id)
    await writer.deleteFrom('routes').where('id', '=', route.id).execute()
    return {
      entries: [{ verb: 'delete', type: 'route', id: route.id, before: route, after: null }],
      result: async () => undefined,
    }
  })
}
