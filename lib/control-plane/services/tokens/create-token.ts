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
 * Makes an API token, which belongs to the person who asks. One that a token makes belongs to that one's owner, and is no
 * way around its limits. Its secret key is in this answer and nowhere else.
 */
export async function createToken({ ctx, input }: CallWith<'input', Write>): Promise<NewApiToken> {
  const { name, scope, expires_at, networks } = parseInput(CreateApiToken, input)
  if (expires_at !== null && Date.parse(expires_at) <= Date.now()) {
    throw invalidField('expires_at', 'Expiry must be in the future.')
  }
  const { accessKey, secretKey } = newCredentials()
  return change(ctx, async (writer, at) => {
    const { actor } = ctx
    const maker = actor.kind === 'token' ? await findToken(writer, actor.id) : null
    if (maker) refuseToOutlive(maker, expires_at)
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
      owner_id: maker ? maker.owner_id : actor.id,
      networks: maker ? networksWithin(maker, networks) : networks,
    }
    await writer.insertInto('api_tokens').values(row).execute()
    const token = tokenView(await findToken(writer, accessKey))
    return {
      entries: [{ verb: 'create', type: 'token', id: accessKey, before: null, after: token }],
      result: async () => ({ ...token, secret_key: secretKey }),
    }
  })
}

/** A token that ends can't make one that outlives it. @throws ApiError 400 */
function refuseToOutlive({ expires_at: end }: OwnedToken, expiresAt: string | null): void {
  if (end === null || (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(end))) return
  throw invalidField('expires_at', `The token that makes it ends at ${end}. It can't end later.`)
}

/** The networks of a token that another makes: that one's, or some within them. @throws ApiError 400 */
function networksWithin({ networks: allowed }: OwnedToken, networks: string[]): string[] {
  if (allowed.length === 0) return networks
  if (networks.length === 0) return allowed
  const outside = networks.find((network) => !isWithin(network, networksOf(allowed)))
  if (outside === undefined) return networks
  const message = `Your token is limited to ${allowed.join(', ')}, so the new token can't be allowed from ${outside}.`
  throw invalidField('networks', message)
}
