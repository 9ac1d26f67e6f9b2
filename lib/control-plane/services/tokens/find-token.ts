import { notFound, preconditionFailed } from '../../errors.ts'
import type { Reader } from '../../store/reader.ts'
import { type OwnedToken, ownedTokens } from '../../tokens/owned-token.ts'

/** An API token by its access key. @throws ApiError 404 */
export async function findToken(reader: Reader, accessKey: string): Promise<OwnedToken> {
  const token = await ownedTokens(reader).where('access_key', '=', accessKey).executeTakeFirst()
  if (!token) throw notFound('token')
  return token
}

/** @throws ApiError 412 if the token comes from the settings, because the next start would restore it */
export function refuseFromSettings({ from_settings }: OwnedToken): void {
  if (!from_settings) return
  throw preconditionFailed(
    'from_settings',
    'This token is set by FAIRLEAD_ACCESS_KEY and would be restored at the next start. Remove it from the settings and restart Fairlead, then change or revoke the token.',
  )
}
