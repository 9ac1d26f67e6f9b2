import type * as z from 'zod'
import type { ApiToken, CreateApiToken, NewApiToken, UpdateApiToken } from '#lib/core/api-token.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { TOKENS_KEY } from './token-queries.ts'

type NewToken = z.input<typeof CreateApiToken>

/** Creates an API token. Only this response has its secret key. */
export function useCreateToken(options?: MutationOptions<NewToken, NewApiToken>) {
  return useApiMutation(
    {
      send: (body: NewToken) => callApi<NewApiToken>('POST', apiPath.tokens(), { body }),
      invalidates: [TOKENS_KEY],
      awaitsRefetch: true,
      isSecret: true,
    },
    options,
  )
}

type TokenPatch = z.input<typeof UpdateApiToken>

/** Changes an API token's name, networks or owner. */
export function useUpdateToken(
  { access_key: accessKey }: ApiToken,
  options?: MutationOptions<TokenPatch, ApiToken>,
) {
  return useApiMutation(
    {
      send: (body: TokenPatch) => callApi<ApiToken>('PATCH', apiPath.token(accessKey), { body }),
      invalidates: [TOKENS_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}

/** Revokes the API token with an access key. */
export function useRevokeToken(options?: MutationOptions<string, void>) {
  return useApiMutation(
    {
      send: (accessKey: string) => callApi<void>('DELETE', apiPath.token(accessKey)),
      invalidates: [TOKENS_KEY],
      awaitsRefetch: true,
    },
    options,
  )
}
