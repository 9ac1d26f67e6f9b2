import { preconditionFailed } from '../errors.ts'
import type { Reader } from '../store/store.ts'

const REFUSED =
  'This link has been used, has expired, or was replaced by a newer one. Ask an owner for another.'

/** Whose link it is that has a secret with this hash. @throws ApiError 412 where there is none, or it is not valid now */
export async function holderOfLink(reader: Reader, hash: string): Promise<string> {
  const link = await reader
    .selectFrom('password_links')
    .innerJoin('users', 'users.id', 'password_links.user_id')
    .select(['user_id', 'expires_at'])
    .where('token_hash', '=', hash)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  if (link && Date.parse(link.expires_at) > Date.now()) return link.user_id
  throw preconditionFailed('password_link', REFUSED)
}
