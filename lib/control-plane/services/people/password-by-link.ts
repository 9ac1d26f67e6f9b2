import type { AcceptLink, OpenedLink } from '#lib/core/person.ts'
import { secretHash } from '../../accounts/secret-token.ts'
import type { Context } from '../../context.ts'
import { preconditionFailed } from '../../errors.ts'
import type { Reader } from '../../store/store.ts'
import { change } from '../change.ts'
import { findPerson } from './find-person.ts'

type Link = OpenedLink & { id: string }

const REFUSED =
  'This link has been used, has expired, or was replaced by a newer one. Ask an owner for another.'

/** @throws ApiError 412 where the link is none, or not any more */
async function findLink(reader: Reader, token: string): Promise<Link> {
  const link = await reader
    .selectFrom('password_links')
    .selectAll()
    .where('token_hash', '=', secretHash(token))
    .executeTakeFirst()
  const isValid = link && Date.parse(link.expires_at) > Date.now()
  const person = isValid && (await findPerson(reader, link.user_id))
  if (!person || person.state === 'disabled') throw preconditionFailed('password_link', REFUSED)
  const { id, email, name, state } = person
  return { id, email, name, invitation: state === 'invited' }
}

/** Whose link it is. */
export async function openLink(ctx: Context, token: string): Promise<OpenedLink> {
  const { email, name, invitation } = await findLink(ctx.store.reader, token)
  return { email, name, invitation }
}

/** Sets a person's password, which uses the link up and ends all of their sessions. @returns their email */
export async function acceptLink(ctx: Context, { token, password }: AcceptLink): Promise<string> {
  const { id, email } = await findLink(ctx.store.reader, token)
  const actor = { kind: 'account', id, name: email } as const
  // Takes a while, so not within the transaction; whether the link is still good is asked again there.
  const hash = await ctx.accounts.hashOf(password)
  return change({ ...ctx, actor }, async (writer) => {
    const { invitation } = await findLink(writer, token)
    const before = await findPerson(writer, id)
    await ctx.accounts.setPassword(writer, id, hash)
    const after = await findPerson(writer, id)
    const verb = invitation ? 'accept' : 'set_password'
    return {
      lb: null,
      entries: [{ verb, type: 'account', id, before, after }],
      answer: async () => email,
    }
  })
}
