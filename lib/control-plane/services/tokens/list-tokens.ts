import type { ApiTokenList } from '#lib/core/api-token.ts'
import type { Context } from '../../context.ts'
import { tokenView } from '../../views/token-view.ts'

/** All API tokens, newest first. */
export async function listTokens({ ctx }: { ctx: Context }): Promise<ApiTokenList> {
  const rows = await ctx.store.reader
    .selectFrom('api_tokens')
    .selectAll()
    .orderBy('created_at', 'desc')
    .execute()
  return { tokens: rows.map(tokenView) }
}
