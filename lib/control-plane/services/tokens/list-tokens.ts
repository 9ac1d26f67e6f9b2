import type { ApiTokenList } from '#lib/core/api-token.ts'
import type { Context } from '../../context.ts'
import { ownedTokens } from '../../tokens/owned-token.ts'
import { tokenView } from '../../views/token-view.ts'

/** All API tokens, newest first. */
export async function listTokens({ ctx }: { ctx: Context }): Promise<ApiTokenList> {
  const rows = await ownedTokens(ctx.store.reader).orderBy('created_at', 'desc').execute()
  return { tokens: rows.map((row) => tokenView(row)) }
}
