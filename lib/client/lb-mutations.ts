import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { CreateLb } from '#lib/core/create-lb.ts'
import type { Lb, UpdateLb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import type { LbOverview } from '#lib/core/observed.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { IPS_KEY } from './ip-queries.ts'
import { LBS_KEY, lbOverview } from './lb-queries.ts'

/** Creates a load balancer with its rules: all of it, or nothing. */
export function useCreateLb() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ region, request }: { region: Region; request: z.input<typeof CreateLb> }) =>
      callApi<Lb>('POST', apiPath.lbs(region), { body: request }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: LBS_KEY })
      void client.invalidateQueries({ queryKey: IPS_KEY })
    },
  })
}

type Change = Pick<z.input<typeof UpdateLb>, 'name' | 'description' | 'tags'>

/**
 * Changes name, description and tags of the version that is known. They show at once, and go back if the change is
 * refused: with 412 where somebody else has changed them meanwhile.
 */
export function useUpdateLb({ id, region }: Lb) {
  const client = useQueryClient()
  const { queryKey } = lbOverview(id)
  return useMutation({
    mutationFn: ({ known, change }: { known: Lb; change: Change }) => {
      const ifMatch = `"${known.updated_at}"`
      return callApi<Lb>('PUT', apiPath.lb(region, id), { body: change, ifMatch })
    },
    onMutate: async ({ change }) => {
      await client.cancelQueries({ queryKey, exact: true })
      const before = client.getQueryData<LbOverview>(queryKey)
      if (before) {
        client.setQueryData(queryKey, { ...before, lb: { ...before.lb, ...change } })
      }
      return before
    },
    onError: (_error, _change, before) => client.setQueryData(queryKey, before),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}

/** Changes a load balancer's type. Its status tells when that is done. */
export function useMigrateLb({ id, region }: Lb) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (type: string) =>
      callApi<Lb>('POST', apiPath.migrate(region, id), { body: { type } }),
    onSuccess: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}

/** Deletes a load balancer and all its rules, and releases its address or keeps it. */
export function useDeleteLb({ id, region }: Lb) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ releaseIp }: { releaseIp: boolean }) =>
      callApi<void>('DELETE', apiPath.lbRelease(region, id, releaseIp)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [...LBS_KEY, 'list'] })
      void client.invalidateQueries({ queryKey: IPS_KEY })
    },
  })
}
