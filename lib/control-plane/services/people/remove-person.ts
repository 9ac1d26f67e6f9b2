import { preconditionFailed } from '../../errors.ts'
import type { CallWith } from '../call.ts'
import { change } from '../change.ts'
import { findPerson } from './find-person.ts'

/**
 * Removes somebody's account with their sessions and links. The API tokens that they made go on: programs use them, and
 * the list of tokens says who made each.
 */
export async function removePerson({ ctx, id }: CallWith<'id'>): Promise<void> {
  await change(ctx, async (writer) => {
    const before = await findPerson(writer, id)
    if (ctx.actor.kind === 'account' && ctx.actor.id === id) {
      throw preconditionFailed('own_account', "You can't remove yourself. Another owner can.")
    }
    await writer.deleteFrom('users').where('id', '=', id).execute()
    return {
      lb: null,
      entries: [{ verb: 'delete', type: 'account', id, before, after: null }],
      answer: async () => undefined,
    }
  })
}
