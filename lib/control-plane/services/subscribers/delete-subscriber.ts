import { preconditionFailed } from '../../errors.ts'
import { findSubscriber } from '../../store/find.ts'
import { folded } from '../../store/folded-columns.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Load balancers named in the error. */
const NAMED_MAX = 10

/** Deletes a subscriber with its deliveries. @throws ApiError 412 while load balancers use it */
export async function deleteSubscriber({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  await change(ctx, async (writer) => {
    const before = await findSubscriber(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(before), before.id)
    const users = await writer
      .selectFrom('lbs')
      .select('name')
      .where('subscriber_id', '=', before.id)
      .orderBy(folded('name'))
      .execute()
    if (users.length > 0) throw stillInUse(users.map(({ name }) => name))
    await writer.deleteFrom('subscribers').where('id', '=', before.id).execute()
    return {
      entries: [{ verb: 'delete', type: 'subscriber', id: before.id, before, after: null }],
      result: async () => undefined,
    }
  })
}

function stillInUse(names: string[]) {
  const named = names.slice(0, NAMED_MAX).map((name) => `"${name}"`)
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : ''
  const which = `load balancer${names.length === 1 ? '' : 's'} ${named.join(', ')}${more}`
  const help = `The subscriber is used by ${which}. Unsubscribe it there first.`
  return preconditionFailed('resource_still_in_use', help)
}
