import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { DivergenceList, FollowDatabase, FollowDatabaseResult } from '#lib/core/divergence.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import type { Read } from './read.ts'

/** What nodes serve and the database never had. Events about load balancers read it again, as they do lists. */
export function divergenceList(): Read<DivergenceList> {
  return {
    queryKey: [...LBS_KEY, 'list', 'divergences'],
    read: (get) => get(apiPath.divergences()),
  }
}

/** Decides that the database is right. */
export function useFollowDatabase() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: z.input<typeof FollowDatabase>) =>
      callApi<FollowDatabaseResult>('POST', apiPath.followDatabase(), { body: request }),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}
