import type { Restored } from '#lib/core/restore.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'

type Restore = {
  changeId: number
  /** The entity tag of the previewed version; null without one. */
  etag: string | null
}

/** Restores a load balancer to its state after a change; 412 if it has changed since the preview. */
export function useRestore(lbId: string, options?: MutationOptions<Restore, Restored>) {
  return useApiMutation(
    {
      send: ({ changeId, etag }: Restore) =>
        callApi<Restored>('POST', apiPath.restore(lbId, false), {
          body: { change_id: changeId },
          ...(etag !== null && { ifMatch: etag }),
        }),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
    },
    options,
  )
}
