import { randomUUID } from 'node:crypto'
import { type InvitedPerson, InvitePerson } from '#lib/core/person.ts'
import { createPasswordLink, INVITATION_MS } from '../../accounts/password-links.ts'
import { invalidField } from '../../errors.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { findPerson } from './find-person.ts'

/** Creates an account without a password, and the link to set one. */
export async function invitePerson({
  ctx,
  input,
}: CallWith<'input', Write>): Promise<InvitedPerson> {
  const { email, name = email, role } = parseInput(InvitePerson, input)
  return change(ctx, async (writer) => {
    const known = await writer
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirst()
    if (known) throw invalidField('email', `${email} has an account already.`)
    const id = randomUUID()
    const at = new Date().toISOString()
    const own = { email, name, role, disabled: 0, emailVerified: 0, last_login_at: null }
    await writer
      .insertInto('users')
      .values({ id, ...own, createdAt: at, updatedAt: at })
      .execute()
    const link = await createPasswordLink(writer, id, INVITATION_MS)
    const after = await findPerson(writer, id)
    return {
      entries: [{ verb: 'invite', type: 'account', id, before: null, after }],
      result: async () => ({ ...after, link }),
    }
  })
}
