import type { ApiToken } from '#lib/core/api-token.ts'
import type { ApiTokenRow } from '../store/tables.ts'

/** An API token as it is shown: all but its secret's hash. */
export function tokenView({ secret_hash: _secret, ...token }: ApiTokenRow): ApiToken {
  return token
}
