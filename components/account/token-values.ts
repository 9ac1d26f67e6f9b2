import type * as z from 'zod'
import { dirtyFields } from '#lib/client/dirty-fields.ts'
import type { ApiToken, UpdateApiToken } from '#lib/core/api-token.ts'
import { networksIn } from './token-networks.ts'

/** An API token as the form that edits it holds it; networks one a line. */
export type TokenValues = { name: string; networks: string }

export function tokenValues({ name, networks }: ApiToken): TokenValues {
  return { name, networks: networks.join('\n') }
}

const requestOf = ({ name, networks }: TokenValues) => ({ name, networks: networksIn(networks) })

/** The change of a token that its inputs make: the API keeps what is left out. */
export function tokenChange(values: TokenValues, known: ApiToken): z.input<typeof UpdateApiToken> {
  return dirtyFields(known, requestOf(tokenValues(known)), requestOf(values))
}
