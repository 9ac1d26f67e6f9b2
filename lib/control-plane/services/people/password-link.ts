import type { PasswordLink } from '#lib/core/person.ts'
import { newSecretToken, secretHash } from '../../accounts/secret-token.ts'
import type { Writer } from '../../store/store.ts'

const DAY_MS = 24 * 60 * 60_000
export const INVITATION_MS = 7 * DAY_MS
export const RESET_MS = DAY_MS

/** Makes the link with which a person chooses a password, in place of the one that they had. */
export async function makeLink(
  writer: Writer,
  userId: string,
  validMs: number,
): Promise<PasswordLink> {
  const token = newSecretToken()
  const expires_at = new Date(Date.now() + validMs).toISOString()
  const row = { token_hash: secretHash(token), expires_at }
  await writer
    .insertInto('password_links')
    .values({ user_id: userId, ...row })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .execute()
  return { token, expires_at }
}
