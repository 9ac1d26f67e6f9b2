import { tokenView } from '../../views/token-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { findToken, refuseFromSettings } from './find-token.ts'

/** Revokes an API token. */
export async function revokeToken({ ctx, id }: CallWith<'id', Write>): Promise<void> {
  await change(ctx, async (writer) => {
    const token = await findToken(writer, id)
    refuseFromSettings(token)
    await writer.deleteFrom('api_tokens').where('access_key', '=', id).execute()
    const before = tokenView(token)
    return {
      entries: [{ verb: 'delete', type: 'token', id, before, after: null }],
      result: async () => undefined,
    }
  })
}
