import { type Query, QueryClient } from '@tanstack/react-query'
import { ApiError, isUnavailable } from './api-error.ts'

const RETRIES = 2
const STALE_MS = 1000

/**
 * Whether the same request may succeed if it is sent again immediately. A rejected request won't, and a gateway timeout
 * has already taken as long as a person waits.
 */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError) || (error.status >= 500 && error.status !== 504)
}

/** The console's query cache. A failed refresh keeps the old data. Mutations are not retried. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The browser doesn't refetch at once what the server has just prefetched.
        staleTime: STALE_MS,
        retry: (failures, error) => failures < RETRIES && isRetryable(error),
        // An offline machine can still reach a console that runs on it.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}

/** The queries on the page whose last refresh failed because the control plane or the console can't be reached. */
export function unavailableQueries(client: QueryClient): Query[] {
  return client
    .getQueryCache()
    .findAll({ type: 'active', predicate: ({ state }) => isUnavailable(state.error) })
}
