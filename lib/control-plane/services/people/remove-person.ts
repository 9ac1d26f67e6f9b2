import { preconditionFailed } from '../../errors.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { findPerson, requireOwnerLeft } from './find-person.ts'

/** Deletes an account with its sessions and password link. Its API tokens are refused until they are transferred. */
export async function removePerson({ ctx, id }: CallWith<'id', Write>): Promise<void> {
  await change(ctx, async (writer) => {
    const before = await findPerson(writer, id)
    if (ctx.actor.kind === 'account' && ctx.actor.id === id) {
      throw preconditionFailed(
        'own_account',
        "You can't delete your own account. Another owner can.",
      )
    }
    await writer.deleteFrom('users').where('id', '=', id).execute()
    if (before.role === 'owner') await requireOwnerLeft(writer)
    return {
      entries: [{ verb: 'delete', type: 'account', id, before, after: null }],
      result: async () => undefined,
    }
  })
}
