import { CreateApiToken, type NewApiToken } from '#lib/core/api-token.ts'
import type { Context } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import type { ApiTokenRow } from '../../store/tables.ts'
import { hashOf, newCredentials } from '../../tokens/api-tokens.ts'
import { tokenView } from '../../views/token-view.ts'
import type { CallWith } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'

/** Makes an API token. Its secret key is in this answer and nowhere else. */
export async function createToken({ ctx, input }: CallWith<'input'>): Promise<NewApiToken> {
  const { name, scope, expires_at } = parseInput(CreateApiToken, input)
  if (expires_at !== null && Date.parse(expires_at) <= Date.now()) {
    throw invalidField('expires_at', 'Expiry must be in the future.')
  }
  await refuseToOutlive(ctx, expires_at)
  const { accessKey, secretKey } = newCredentials()
  return change(ctx, async (writer, at) => {
    const row: ApiTokenRow = {
      access_key: accessKey,
      secret_hash: hashOf(secretKey),
      name,
      scope,
      created_at: at,
      created_by: ctx.actor.name,
      last_used_at: null,
      expires_at: expires_at && new Date(expires_at).toISOString(),
      from_settings: false,
    }
    await writer.insertInto('api_tokens').values(row).execute()
    const token = tokenView(row)
    return {
      lb: null,
      entries: [{ verb: 'create', type: 'token', id: accessKey, before: null, after: token }],
      answer: async () => ({ ...token, secret_key: secretKey }),
    }
  })
}

/** A token that ends can't make one that outlives it. @throws ApiError 400 */
async function refuseToOutlive({ actor, store }: Context, expiresAt: string | null): Promise<void> {
  if (actor.kind !== 'token') return
  const maker = await store.reader
    .selectFrom('api_tokens')
    .select('expires_at')
    .where('access_key', '=', actor.id)
    .executeTakeFirst()
  const end = maker?.expires_at ?? null
  if (end === null || (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(end))) return
  throw invalidField('expires_at', `The token that makes it ends at ${end}. It can't end later.`)
}
