import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Restored } from '#lib/core/restore.ts'
import { callApi, callTagged } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'

/** What restoring a load balancer would do now, with the tag of the version that it was worked out from. */
export function useRestorePreview(lbId: string, changeId: number) {
  return useQuery({
    queryKey: ['restore-preview', lbId, changeId],
    queryFn: ({ signal }) =>
      callTagged<Restored>('POST', apiPath.restore(lbId, true), {
        body: { change_id: changeId },
        signal,
      }),
    // It is only good for the dialog that asks.
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  })
}

/** Restores a load balancer from the version that was previewed; 412 where it has been changed since. */
export function useRestore(lbId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ changeId, etag }: { changeId: number; etag: string | null }) =>
      callApi<Restored>('POST', apiPath.restore(lbId, false), {
        body: { change_id: changeId },
        ...(etag !== null && { ifMatch: etag }),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}
