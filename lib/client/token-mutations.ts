import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { ApiToken, CreateApiToken, NewApiToken, UpdateApiToken } from '#lib/core/api-token.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { TOKENS_KEY } from './token-queries.ts'

/** Creates an API token. Its secret is in the answer only, which is never kept. */
export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: z.input<typeof CreateApiToken>) =>
      callApi<NewApiToken>('POST', apiPath.tokens(), { body }),
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: TOKENS_KEY }),
  })
}

/** Changes an API token's name, networks or owner. */
export function useUpdateToken({ access_key: accessKey }: ApiToken) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: z.input<typeof UpdateApiToken>) =>
      callApi<ApiToken>('PATCH', apiPath.token(accessKey), { body }),
    onSettled: () => client.invalidateQueries({ queryKey: TOKENS_KEY }),
  })
}

/** Revokes an API token by its access key. */
export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (accessKey: string) => callApi<void>('DELETE', apiPath.token(accessKey)),
    onSuccess: () => client.invalidateQueries({ queryKey: TOKENS_KEY }),
  })
}
