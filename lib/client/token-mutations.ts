import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { CreateApiToken, NewApiToken } from '#lib/core/api-token.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { TOKENS_KEY } from './token-reads.ts'

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

/** Revokes an API token by its access key. */
export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (accessKey: string) => callApi<void>('DELETE', apiPath.token(accessKey)),
    onSuccess: () => client.invalidateQueries({ queryKey: TOKENS_KEY }),
  })
}
