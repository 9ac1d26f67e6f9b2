import type { NewSession } from '#lib/core/account.ts'
import type { AcceptLink, OpenedLink } from '#lib/core/person.ts'
import { setPassword } from '../../accounts/credentials.ts'
import { accountOfLink } from '../../accounts/password-links.ts'
import { secretHash } from '../../accounts/secret-token.ts'
import { openSession, type SessionClient } from '../../accounts/session-rows.ts'
import { Authority } from '../../authority/authority.ts'
import type { Context } from '../../context.ts'
import type { Reader } from '../../store/reader.ts'
import { change } from '../change.ts'
import { findPerson } from './find-person.ts'

type Link = OpenedLink & { id: string }

/** @throws ApiError 412 if the link is invalid or has expired */
async function findLink(reader: Reader, token: string): Promise<Link> {
  const accountId = await accountOfLink(reader, secretHash(token))
  const { id, email, name, state } = await findPerson(reader, accountId)
  return { id, email, name, invitation: state === 'invited' }
}

/** The account of a password link. @throws ApiError 412 */
export async function openLink(reader: Reader, token: string): Promise<OpenedLink> {
  const { email, name, invitation } = await findLink(reader, token)
  return { email, name, invitation }
}

/**
 * Sets the password with a link, which consumes the link and ends the account's sessions, and opens a new session.
 * @throws ApiError 412
 */
export async function acceptLink(
  ctx: Pick<Context, 'store' | 'commits' | 'accounts' | 'origin'>,
  { token, password }: AcceptLink,
  client: SessionClient,
): Promise<NewSession> {
  const { id, email } = await findLink(ctx.store.reader, token)
  const actor = { kind: 'account', id, name: email } as const
  // Hashing takes a while, so it happens before the transaction, which checks the link again.
  const hash = await ctx.accounts.hashOf(password)
  const authority = Authority.ofLink(secretHash(token))
  return change({ ...ctx, actor, authority }, async (writer) => {
    const { invitation } = await findLink(writer, token)
    const before = await findPerson(writer, id)
    await setPassword(writer, id, hash)
    const after = await findPerson(writer, id)
    const verb = invitation ? 'accept' : 'set_password'
    return {
      entries: [{ verb, type: 'account', id, before, after }],
      result: () => openSession(writer, id, client),
    }
  })
}
