import type { ApiTokenList } from '#lib/core/api-token.ts'
import { ownedTokens } from '../../tokens/owned-token.ts'
import { tokenView } from '../../views/token-view.ts'
import type { CallWith } from '../call.ts'

/** All API tokens, newest first. */
export async function listTokens({ ctx }: CallWith<never, 'store'>): Promise<ApiTokenList> {
  const rows = await ownedTokens(ctx.store.reader).orderBy('created_at', 'desc').execute()
  return { tokens: rows.map((row) => tokenView(row)) }
}
