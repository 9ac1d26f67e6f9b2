import { findFrontend } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { deleteUnder } from '../delete-under.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Deletes a frontend with its routes and ACLs, which closes its port. */
export async function deleteFrontend({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  const { lb } = await findFrontend(ctx.store.reader, scope, id)
  await changeLb(ctx, lb.id, async (writer) => {
    const { frontend } = await findFrontend(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(frontend), frontend.id)
    const under = await deleteUnder(writer, 'frontend_id', frontend.id)
    await writer.deleteFrom('frontends').where('id', '=', frontend.id).execute()
    return {
      entries: [
        ...under,
        { verb: 'delete', type: 'frontend', id: frontend.id, before: frontend, after: null },
      ],
      result: async () => undefined,
    }
  })
}
