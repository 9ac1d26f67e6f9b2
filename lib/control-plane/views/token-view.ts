import type { ApiToken } from '#lib/core/api-token.ts'
import { type OwnedToken, tokenState } from '../tokens/owned-token.ts'

/** An API token as the API returns it, without the hash of its secret key. */
export function tokenView(token: OwnedToken): ApiToken {
  const { secret_hash: _secret, owner_id, owner_email, owner_role, owner_disabled, ...own } = token
  return { ...own, owner: ownerOf(token), state: tokenState(token) }
}

function ownerOf({ owner_id: id, owner_email: email, owner_disabled: disabled }: OwnedToken) {
  if (id === null) return null
  if (disabled === null) return { id, email: null, state: 'removed' as const }
  return { id, email, state: disabled ? ('disabled' as const) : ('active' as const) }
}
