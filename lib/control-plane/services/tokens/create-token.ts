import { CreateApiToken, type NewApiToken } from '#lib/core/api-token.ts'
import { isWithin, networksOf } from '#lib/core/networks.ts'
import { invalidField } from '../../errors.ts'
import type { ApiTokenRow } from '../../store/tables.ts'
import { hashOf, newCredentials } from '../../tokens/api-tokens.ts'
import type { OwnedToken } from '../../tokens/owned-token.ts'
import { tokenView } from '../../views/token-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { findToken } from './find-token.ts'

/**
 * Creates an API token of the caller's account. A token created with a token has the same owner and no weaker limits. The secret key is
 * only in this result.
 */
export async function createToken({ ctx, input }: CallWith<'input', Write>): Promise<NewApiToken> {
  const { name, scope, expires_at, networks } = parseInput(CreateApiToken, input)
  if (expires_at !== null && Date.parse(expires_at) <= Date.now()) {
    throw invalidField('expires_at', 'Expiry must be in the future.')
  }
  const { accessKey, secretKey } = newCredentials()
  return change(ctx, async (writer, at) => {
    const { actor } = ctx
    const creator = actor.kind === 'token' ? await findToken(writer, actor.id) : null
    if (creator) refuseToOutlive(creator, expires_at)
    const row: ApiTokenRow = {
      access_key: accessKey,
      secret_hash: hashOf(secretKey),
      name,
      scope,
      created_at: at,
      created_by: actor.name,
      last_used_at: null,
      expires_at: expires_at && new Date(expires_at).toISOString(),
      from_settings: false,
      owner_id: creator ? creator.owner_id : actor.id,
      networks: creator ? networksWithin(creator, networks) : networks,
    }
    await writer.insertInto('api_tokens').values(row).execute()
    const token = tokenView(await findToken(writer, accessKey))
    return {
      entries: [{ verb: 'create', type: 'token', id: accessKey, before: null, after: token }],
      result: async () => ({ ...token, secret_key: secretKey }),
    }
  })
}

/** @throws ApiError 400 if the new token would expire later than the token that creates it */
function refuseToOutlive({ expires_at: end }: OwnedToken, expiresAt: string | null): void {
  if (end === null || (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(end))) return
  throw invalidField(
    'expires_at',
    `Your token expires at ${end}. The new token can't expire later.`,
  )
}

/** The networks of a token created with a token: the same, or subnets of them. @throws ApiError 400 */
function networksWithin({ networks: allowed }: OwnedToken, networks: string[]): string[] {
  if (allowed.length === 0) return networks
  if (networks.length === 0) return allowed
  const outside = networks.find((network) => !isWithin(network, networksOf(allowed)))
  if (outside === undefined) return networks
  const message = `Your token is limited to ${allowed.join(', ')}, so the new token can't be allowed from ${outside}.`
  throw invalidField('networks', message)
}
