import type { ApiToken, ApiTokenList } from '#lib/core/api-token.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

export const TOKENS_KEY = ['tokens'] as const

/** All API tokens, newest first. */
export function allTokens(): ApiQuery<ApiToken[]> {
  return {
    queryKey: TOKENS_KEY,
    fetch: async (get) => (await get<ApiTokenList>(apiPath.tokens())).tokens,
  }
}
