import type { ApiToken, ApiTokenList } from '#lib/core/api-token.ts'
import { apiPath } from './api-path.ts'
import type { Read } from './read.ts'

export const TOKENS_KEY = ['tokens'] as const

/** All API tokens, newest first. */
export function allTokens(): Read<ApiToken[]> {
  return {
    queryKey: TOKENS_KEY,
    read: async (get) => (await get<ApiTokenList>(apiPath.tokens())).tokens,
  }
}
