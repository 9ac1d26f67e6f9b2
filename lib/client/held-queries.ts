import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { FollowDatabase, FollowedDatabase, HeldList } from '#lib/core/held.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-reads.ts'
import type { Read } from './read.ts'

/** What nodes serve and the database never had. Events about load balancers read it again, as they do lists. */
export function heldList(): Read<HeldList> {
  return { queryKey: [...LBS_KEY, 'list', 'held'], read: (get) => get(apiPath.held()) }
}

/** Decides that the database is right. */
export function useFollowDatabase() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: z.input<typeof FollowDatabase>) =>
      callApi<FollowedDatabase>('POST', apiPath.followDatabase(), { body: request }),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}
