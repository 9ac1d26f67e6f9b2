import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'

/** A write to the API, and which cached data it makes stale. */
type ApiMutation<Input, Output> = {
  send: (input: Input) => Promise<Output>
  /** Prefixes of the keys of the stale queries. */
  invalidates: readonly QueryKey[]
  /** Writes the response into the cache, ahead of the refetch. */
  seed?: ((output: Output) => void) | undefined
  /** Whether the mutation is pending until the stale queries on the page are refetched. */
  awaitsRefetch?: boolean
  /** Refetches after an error as well: the object may have changed since it was read. */
  refetchesOnError?: boolean
  /** The response holds a secret, so the cache drops it with the component that asked for it. */
  isSecret?: boolean
}

/** What every mutation hook takes. */
export type MutationOptions<Input, Output> = {
  /** Called after the cache is updated. */
  onSuccess?: (output: Output, input: Input) => void
}

/** A mutation of the API. */
export function useApiMutation<Input, Output>(
  mutation: ApiMutation<Input, Output>,
  { onSuccess }: MutationOptions<Input, Output> = {},
) {
  const client = useQueryClient()
  const { send, invalidates, seed, awaitsRefetch, refetchesOnError, isSecret } = mutation
  const refetch = () =>
    Promise.all(invalidates.map((queryKey) => client.invalidateQueries({ queryKey })))
  return useMutation({
    mutationFn: send,
    ...(isSecret && { gcTime: 0 }),
    onSuccess: async (output, input) => {
      seed?.(output)
      const refetched = refetch()
      if (awaitsRefetch) await refetched
      onSuccess?.(output, input)
    },
    onError: async () => {
      if (refetchesOnError) await refetch()
    },
  })
}
