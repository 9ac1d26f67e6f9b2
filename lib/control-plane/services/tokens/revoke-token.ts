import { notFound, preconditionFailed } from '../../errors.ts'
import { tokenView } from '../../views/token-view.ts'
import type { CallWith } from '../call.ts'
import { change } from '../change.ts'

/** Revokes an API token: from now on it is refused. */
export async function revokeToken({ ctx, id }: CallWith<'id'>): Promise<void> {
  await change(ctx, async (writer) => {
    const token = await writer
      .selectFrom('api_tokens')
      .selectAll()
      .where('access_key', '=', id)
      .executeTakeFirst()
    if (!token) throw notFound('token')
    if (token.from_settings) {
      throw preconditionFailed(
        'from_settings',
        'This token comes from FAIRLEAD_ACCESS_KEY and would be back at the next start. Take it out of the settings, start again, and then revoke it here.',
      )
    }
    await writer.deleteFrom('api_tokens').where('access_key', '=', id).execute()
    const before = tokenView(token)
    return {
      lb: null,
      entries: [{ verb: 'delete', type: 'token', id, before, after: null }],
      answer: async () => undefined,
    }
  })
}
