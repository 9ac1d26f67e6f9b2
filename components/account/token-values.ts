import type * as z from 'zod'
import { fieldsOf, requestOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { dirtyFields } from '#lib/client/dirty-fields.ts'
import type { TokenScope } from '#lib/core/access.ts'
import type { ApiToken, UpdateApiToken } from '#lib/core/api-token.ts'
import { subnetRange } from '#lib/core/subnet.ts'
import { DEFAULT_LIFETIME, expiryOf, type Lifetime } from './token-expiry.ts'

/** The networks of a text, separated by line breaks, commas or spaces. */
export function networksIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** The error message for the first item that is not a network. */
export function networksError(text: string): string | undefined {
  const wrong = networksIn(text).find((network) => subnetRange(network) === null)
  if (wrong === undefined) return undefined
  return `${wrong} is not an IP address or network. Enter one such as 203.0.113.0/24.`
}

/** What the inputs of a new API token hold. */
export type NewTokenValues = {
  name: string
  scope: TokenScope
  lifetime: Lifetime
  /** YYYY-MM-DD; used where `lifetime` is "date". */
  date: string
  networks: string
}

export const NEW_TOKEN: NewTokenValues = {
  name: '',
  scope: 'full',
  lifetime: DEFAULT_LIFETIME,
  date: '',
  networks: '',
}

export const NEW_TOKEN_FORM = formRequest({
  fields: ({ name, scope, lifetime, date, networks }: NewTokenValues) => {
    const field = fieldsOf<NewTokenValues>()
    return {
      name: field('name', name),
      scope: field('scope', scope),
      expires_at: field(lifetime === 'date' ? 'date' : 'lifetime', expiryOf(lifetime, date)),
      networks: field('networks', networksIn(networks)),
    }
  },
  schema: async () => (await import('#lib/core/api-token.ts')).CreateApiToken,
  check: ({ lifetime, date, networks }) => ({
    date: lifetime === 'date' && date === '' ? 'Choose a date.' : undefined,
    networks: networksError(networks),
  }),
})

/** What the inputs of an existing API token hold; networks one per line. */
export type TokenValues = { name: string; networks: string }

export function tokenValues({ name, networks }: ApiToken): TokenValues {
  return { name, networks: networks.join('\n') }
}

export const TOKEN_FORM = formRequest({
  fields: ({ name, networks }: TokenValues) => {
    const field = fieldsOf<TokenValues>()
    return { name: field('name', name), networks: field('networks', networksIn(networks)) }
  },
  schema: async () => (await import('#lib/core/api-token.ts')).UpdateApiToken,
  check: ({ networks }) => ({ networks: networksError(networks) }),
})

/** The edited fields. */
export function tokenPatch(values: TokenValues, base: ApiToken): z.input<typeof UpdateApiToken> {
  const bodyOf = (one: TokenValues) => requestOf(TOKEN_FORM.fields(one))
  return dirtyFields(base, bodyOf(tokenValues(base)), bodyOf(values))
}

/** The account that a token is handed over to. */
export type OwnerValues = { owner: string }

export const OWNER_FORM = formRequest({
  fields: ({ owner }: OwnerValues) => ({ owner_id: fieldsOf<OwnerValues>()('owner', owner) }),
  schema: async () => (await import('#lib/core/api-token.ts')).UpdateApiToken,
  check: ({ owner }) => ({ owner: owner === '' ? 'Choose an account.' : undefined }),
})
