import type { PasswordLink } from '#lib/core/person.ts'
import { createPasswordLink, INVITATION_MS, RESET_MS } from '../../accounts/password-links.ts'
import { preconditionFailed } from '../../errors.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { findPerson } from './find-person.ts'

/** Creates a new password link, for an invited account or a forgotten password. */
export async function renewLink({ ctx, id }: CallWith<'id', Write>): Promise<PasswordLink> {
  return change(ctx, async (writer) => {
    const person = await findPerson(writer, id)
    if (person.state === 'disabled') {
      throw preconditionFailed('disabled', 'The account is disabled. Enable it first.')
    }
    const link = await createPasswordLink(
      writer,
      id,
      person.state === 'invited' ? INVITATION_MS : RESET_MS,
    )
    return {
      entries: [{ verb: 'make_link', type: 'account', id, before: person, after: person }],
      result: async () => link,
    }
  })
}
