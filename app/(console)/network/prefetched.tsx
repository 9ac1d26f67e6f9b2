import { dehydrate, HydrationBoundary } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { serverFetch } from '#lib/bff/api.ts'
import type { ApiQuery } from '#lib/client/api-query.ts'
import { newQueryClient } from '#lib/client/query-client.ts'

/**
 * Prefetches queries, so that the page's first paint has their data. The browser retries a failed one and shows its error.
 */
export async function Prefetched({
  queries,
  children,
}: {
  queries: ApiQuery<unknown>[]
  children: ReactNode
}) {
  const client = newQueryClient()
  await Promise.all(
    queries.map(({ queryKey, fetch }) =>
      client.prefetchQuery({ queryKey, queryFn: () => fetch(serverFetch), retry: false }),
    ),
  )
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>
}
