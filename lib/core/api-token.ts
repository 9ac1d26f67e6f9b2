import * as z from 'zod'
import { TOKEN_SCOPES } from './access.ts'
import { ID_MAX, nameOf, nullable, optional, TIME_MAX, withDefault } from './fields.ts'
import { Subnet } from './subnet.ts'

/** API tokens: `/fairlead/v1/tokens`. A token never has more rights than its owner. */

/** The owner of a token. The token is refused while the account is disabled and after it is removed. */
const TokenOwner = z.object({
  /** The account's id. */
  id: z.string(),
  /** Null once the account is removed. */
  email: z.string().nullable(),
  state: z.enum(['active', 'disabled', 'removed']),
})

/** `disabled`: the owner is disabled or removed. */
export const TOKEN_STATES = ['active', 'expired', 'disabled'] as const
export type TokenState = (typeof TOKEN_STATES)[number]

/** An API token, without its secret. */
export const ApiToken = z.object({
  /** Public ID: `SCW` and 17 capital letters or digits. */
  access_key: z.string(),
  name: z.string(),
  scope: z.enum(TOKEN_SCOPES),
  /** Null for tokens of the installation: the one from the settings, and tokens created with it. */
  owner: TokenOwner.nullable(),
  state: z.enum(TOKEN_STATES),
  /** The networks that it can be used from, in CIDR notation; empty for any. */
  networks: z.array(z.string()),
  created_at: z.string(),
  /** The email of the account or the access key of the token that created it; null for the one from the settings. */
  created_by: z.string().nullable(),
  /** With a precision of a minute; null before the first use. */
  last_used_at: z.string().nullable(),
  /** Null for never. */
  expires_at: z.string().nullable(),
  /** Whether it comes from `FAIRLEAD_ACCESS_KEY`, and so can't be changed or revoked by the API. */
  from_settings: z.boolean(),
})
export type ApiToken = z.infer<typeof ApiToken>

/** Newest first. */
export const ApiTokenList = z.object({ tokens: z.array(ApiToken) })
export type ApiTokenList = z.infer<typeof ApiTokenList>

const EXPIRY_ERROR = 'Expiry must be a date. For example: 2030-01-31T00:00:00Z'
const OWNER_HINT = 'Name the new owner by its account ID.'
export const NETWORKS_MAX = 50

const Networks = z
  .array(Subnet)
  .max(NETWORKS_MAX, { error: `A token can have at most ${NETWORKS_MAX} networks.` })

/** `POST /fairlead/v1/tokens`. A token created with a token inherits its networks by default. */
export const CreateApiToken = z.object({
  name: nameOf('Token name'),
  scope: withDefault(z.enum(TOKEN_SCOPES), 'full'),
  expires_at: nullable(
    z.iso.datetime({ offset: true, error: EXPIRY_ERROR }).max(TIME_MAX, { error: EXPIRY_ERROR }),
  ),
  networks: withDefault(Networks, []),
})
export type CreateApiToken = z.infer<typeof CreateApiToken>

/** `PATCH /fairlead/v1/tokens/{access_key}`. Omitted fields keep their values. `owner_id` transfers the token. */
export const UpdateApiToken = z
  .object({
    name: optional(nameOf('Token name')),
    networks: optional(Networks),
    owner_id: optional(z.string().min(1, { error: OWNER_HINT }).max(ID_MAX, { error: OWNER_HINT })),
  })
  .meta({ example: { networks: ['203.0.113.0/24'] } })
export type UpdateApiToken = z.infer<typeof UpdateApiToken>

/** A new token. The secret key is returned only here. */
export const NewApiToken = ApiToken.extend({
  /** A UUID, for the header `X-Auth-Token`. */
  secret_key: z.string(),
})
export type NewApiToken = z.infer<typeof NewApiToken>
