import { dehydrate, HydrationBoundary } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { serverFetch } from '#lib/bff/api.ts'
import { newQueryClient } from '#lib/client/query-client.ts'
import type { Read } from '#lib/client/read.ts'

/**
 * Puts reads into the page, so that its first paint has their data. One that fails is left to the browser, which
 * tries again and says what is wrong.
 */
export async function Prefetched({
  reads,
  children,
}: {
  reads: Read<unknown>[]
  children: ReactNode
}) {
  const client = newQueryClient()
  await Promise.all(
    reads.map(({ queryKey, read }) =>
      client.prefetchQuery({ queryKey, queryFn: () => read(serverFetch), retry: false }),
    ),
  )
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>
}
