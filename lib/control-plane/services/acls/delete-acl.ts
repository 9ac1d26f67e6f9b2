import { findAcl } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

export async function deleteAcl({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  const { lb } = await findAcl(ctx.store.reader, scope, id)
  await changeLb(ctx, lb.id, async (writer) => {
    const { acl } = await findAcl(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(acl), acl.id)
    await writer.deleteFrom('acls').where('id', '=', acl.id).execute()
    return {
      entries: [{ verb: 'delete', type: 'acl', id: acl.id, before: acl, after: null }],
      result: async () => undefined,
    }
  })
}
