import * as z from 'zod'
import { TOKEN_SCOPES } from './access.ts'
import { nameOf, nullable, withDefault } from './fields.ts'

/** Fairlead's own calls for API tokens: `/fairlead/v1/tokens`. A token may do all that an editor may, or only read. */

/** An API token, without its secret. */
export const ApiToken = z.object({
  /** Public, and for the history: `SCW` and 17 capital letters or digits. */
  access_key: z.string(),
  name: z.string(),
  /** Whether it may change anything. */
  scope: z.enum(TOKEN_SCOPES),
  created_at: z.string(),
  /** The account's email, or the access key of the token, that made it; null for one from the settings. */
  created_by: z.string().nullable(),
  /** To the minute; null before its first use. */
  last_used_at: z.string().nullable(),
  /** From when on it is refused; null for never. */
  expires_at: z.string().nullable(),
  /** Whether it comes from `FAIRLEAD_ACCESS_KEY`, and so can't be revoked here. */
  from_settings: z.boolean(),
})
export type ApiToken = z.infer<typeof ApiToken>

/** Newest first. */
export const ApiTokenList = z.object({ tokens: z.array(ApiToken) })
export type ApiTokenList = z.infer<typeof ApiTokenList>

const EXPIRY_ERROR = 'Expiry must be a date. For example: 2030-01-31T00:00:00Z'

/** `POST /fairlead/v1/tokens`. */
export const CreateApiToken = z.object({
  name: nameOf('Token name'),
  scope: withDefault(z.enum(TOKEN_SCOPES), 'full'),
  expires_at: nullable(z.iso.datetime({ offset: true, error: EXPIRY_ERROR })),
})
export type CreateApiToken = z.infer<typeof CreateApiToken>

/** A token just made. Its secret key is in this answer and nowhere else. */
export const NewApiToken = ApiToken.extend({
  /** A UUID, for the header `X-Auth-Token`. */
  secret_key: z.string(),
})
export type NewApiToken = z.infer<typeof NewApiToken>
