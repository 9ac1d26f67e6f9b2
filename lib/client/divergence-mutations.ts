import type * as z from 'zod'
import type { FollowDatabase, FollowDatabaseResult } from '#lib/core/divergence.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'

type DivergedLbs = z.input<typeof FollowDatabase>

/** Resolves divergences in favor of the database. */
export function useFollowDatabase(options?: MutationOptions<DivergedLbs, FollowDatabaseResult>) {
  return useApiMutation(
    {
      send: (body: DivergedLbs) =>
        callApi<FollowDatabaseResult>('POST', apiPath.followDatabase(), { body }),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}
