import { isDeepStrictEqual } from 'node:util'
import { type Person, UpdatePerson } from '#lib/core/person.ts'
import { endAccess } from '../../accounts/credentials.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { findPerson, requireOwnerLeft } from './find-person.ts'

/**
 * Updates an account's name or role, or disables it. Takes effect with the account's next request. Disabling ends its sessions and its
 * password link for good, and its API tokens are refused while it is disabled.
 */
export async function updatePerson({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write>): Promise<Person> {
  const { name, role, disabled } = parseInput(UpdatePerson, input)
  return change(ctx, async (writer) => {
    const before = await findPerson(writer, id)
    const losesOwner =
      before.role === 'owner' && (disabled === true || (role ?? 'owner') !== 'owner')
    const changes = {
      ...(name !== undefined && { name }),
      ...(role !== undefined && { role }),
      ...(disabled !== undefined && { disabled: Number(disabled) }),
      updatedAt: new Date().toISOString(),
    }
    await writer.updateTable('users').set(changes).where('id', '=', id).execute()
    if (disabled) await endAccess(writer, id)
    if (losesOwner) await requireOwnerLeft(writer)
    const after = await findPerson(writer, id)
    return {
      entries: isDeepStrictEqual(before, after)
        ? []
        : [{ verb: 'update', type: 'account', id, before, after }],
      result: async () => after,
    }
  })
}
