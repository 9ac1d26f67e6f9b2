import { type Right, type Role, rightsOf } from '#lib/core/access.ts'
import type { TokenState } from '#lib/core/api-token.ts'
import { inNetworks, networksOf } from '#lib/core/networks.ts'
import { type ApiError, deniedAuthentication, deniedToken } from '../errors.ts'
import type { Reader } from '../store/reader.ts'
import type { ApiTokenRow } from '../store/tables.ts'

/** An API token with its owner's account; the account is null without an owner, or once it is removed. */
export type OwnedToken = ApiTokenRow & {
  owner_email: string | null
  owner_role: Role | null
  /** 1 if the account is disabled. */
  owner_disabled: number | null
}

/** A query for API tokens with their owners. */
export function ownedTokens(reader: Reader) {
  return reader
    .selectFrom('api_tokens')
    .leftJoin('users', 'users.id', 'api_tokens.owner_id')
    .selectAll('api_tokens')
    .select(['users.email as owner_email', 'users.role as owner_role'])
    .select('users.disabled as owner_disabled')
}

/** The state of a token, apart from its networks. */
export function tokenState(token: OwnedToken, now = Date.now()): TokenState {
  if (token.owner_id !== null && token.owner_disabled !== 0) return 'disabled'
  const isExpired = token.expires_at !== null && Date.parse(token.expires_at) <= now
  return isExpired ? 'expired' : 'active'
}

/**
 * The rights of a token used from an address: those of its scope that its owner's role has too. The only place that validates a token.
 * @throws ApiError 401 if it isn't valid, 403 if its networks don't include the address
 */
export function tokenRights(token: OwnedToken, address: string): readonly Right[] {
  const state = tokenState(token)
  if (state !== 'active') throw refusals[state]()
  if (token.networks.length > 0 && !inNetworks(address, networksOf(token.networks))) {
    throw deniedToken(
      `This API token can't be used from ${address}. Its owner can add the address to its allowed networks.`,
    )
  }
  const { scope, owner_role: role } = token
  return role === null
    ? rightsOf(scope)
    : rightsOf(scope).filter((right) => rightsOf(role).includes(right))
}

const refusals: Record<Exclude<TokenState, 'active'>, () => ApiError> = {
  expired: () =>
    deniedAuthentication('api_key', 'expired', 'The API token has expired. Create another.'),
  disabled: () =>
    deniedAuthentication(
      'api_key',
      'expired',
      "The API token is disabled because its owner's account is disabled or removed. An owner of the installation can transfer it.",
    ),
}
