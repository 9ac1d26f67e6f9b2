import type { PasswordLink } from '#lib/core/person.ts'
import { preconditionFailed } from '../errors.ts'
import type { Reader, Writer } from '../store/reader.ts'
import { newSecretToken, secretHash } from './secret-token.ts'

const DAY_MS = 24 * 60 * 60_000
export const INVITATION_MS = 7 * DAY_MS
export const RESET_MS = DAY_MS

const INVALID_LINK =
  'This link has been used, has expired, or was replaced by a newer one. Ask an owner for another.'

/** Creates the link with which a person sets a password. It replaces the previous one. */
export async function createPasswordLink(
  writer: Writer,
  accountId: string,
  validMs: number,
): Promise<PasswordLink> {
  const token = newSecretToken()
  const expires_at = new Date(Date.now() + validMs).toISOString()
  const row = { token_hash: secretHash(token), expires_at }
  await writer
    .insertInto('password_links')
    .values({ user_id: accountId, ...row })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .execute()
  return { token, expires_at }
}

/** The account of the valid link whose token has this hash. @throws ApiError 412 if there is none */
export async function accountOfLink(reader: Reader, hash: string): Promise<string> {
  const link = await reader
    .selectFrom('password_links')
    .innerJoin('users', 'users.id', 'password_links.user_id')
    .select(['user_id', 'expires_at'])
    .where('token_hash', '=', hash)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  if (link && Date.parse(link.expires_at) > Date.now()) return link.user_id
  throw preconditionFailed('password_link', INVALID_LINK)
}
