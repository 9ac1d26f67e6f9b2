import { preconditionFailed } from '../../errors.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { findPerson, keepAnOwner } from './find-person.ts'

/**
 * Removes somebody's account with their sessions and links. Their API tokens are refused from then on, until they are handed
 * over to somebody else.
 */
export async function removePerson({ ctx, id }: CallWith<'id', Write>): Promise<void> {
  await change(ctx, async (writer) => {
    const before = await findPerson(writer, id)
    if (ctx.actor.kind === 'account' && ctx.actor.id === id) {
      throw preconditionFailed('own_account', "You can't remove yourself. Another owner can.")
    }
    await writer.deleteFrom('users').where('id', '=', id).execute()
    if (before.role === 'owner') await keepAnOwner(writer)
    return {
      entries: [{ verb: 'delete', type: 'account', id, before, after: null }],
      result: async () => undefined,
    }
  })
}
