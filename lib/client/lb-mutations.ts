import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { CreateLb } from '#lib/core/create-lb.ts'
import type { Lb, MigrateLb, UpdateLb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import type { LbOverview } from '#lib/core/observed.ts'
import type { SubscribeToLb } from '#lib/core/subscriber.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { IPS_KEY } from './ip-queries.ts'
import { LB_LISTS_KEY, LBS_KEY, lbKey, lbOverview } from './lb-queries.ts'

/** A mutation of one load balancer, or of something that belongs to it. */
export function useLbMutation<Input, Output>(
  { id }: Lb,
  send: (input: Input) => Promise<Output>,
  options?: MutationOptions<Input, Output>,
  seed?: (output: Output) => void,
) {
  return useApiMutation({ send, seed, invalidates: [lbKey(id), LB_LISTS_KEY] }, options)
}

type NewLb = { region: Region; body: z.input<typeof CreateLb> }

/** Creates a load balancer with its rules, all or nothing. */
export function useCreateLb(options?: MutationOptions<NewLb, Lb>) {
  return useApiMutation(
    {
      send: ({ region, body }: NewLb) => callApi<Lb>('POST', apiPath.lbs(region), { body }),
      invalidates: [LBS_KEY, IPS_KEY],
    },
    options,
  )
}

type LbUpdate = {
  /** The version that the patch was made from. */
  base: Lb
  patch: Pick<z.input<typeof UpdateLb>, 'name' | 'description' | 'tags'>
}

/**
 * Changes name, description and tags. The change shows at once and is rolled back if the request fails: with 412 if the
 * base version is no longer the current one.
 */
export function useUpdateLb({ id, region }: Lb) {
  const client = useQueryClient()
  const { queryKey } = lbOverview(id)
  return useMutation({
    mutationFn: ({ base, patch }: LbUpdate) =>
      callApi<Lb>('PUT', apiPath.lb(region, id), { body: patch, ifMatch: `"${base.updated_at}"` }),
    onMutate: async ({ patch }) => {
      await client.cancelQueries({ queryKey, exact: true })
      const before = client.getQueryData<LbOverview>(queryKey)
      if (before) client.setQueryData(queryKey, { ...before, lb: { ...before.lb, ...patch } })
      return before
    },
    onError: (_error, _update, before) => client.setQueryData(queryKey, before),
    onSettled: () => client.invalidateQueries({ queryKey: LBS_KEY }),
  })
}

/** Changes a load balancer's type. Its status is `migrating` meanwhile. */
export function useMigrateLb(
  { id, region }: Lb,
  options?: MutationOptions<z.input<typeof MigrateLb>, Lb>,
) {
  return useApiMutation(
    {
      send: (body: z.input<typeof MigrateLb>) =>
        callApi<Lb>('POST', apiPath.migrate(region, id), { body }),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
    },
    options,
  )
}

/** Deletes a load balancer with its rules, and releases or keeps its IP address. */
export function useDeleteLb(
  { id, region }: Lb,
  options?: MutationOptions<{ releaseIp: boolean }, void>,
) {
  return useApiMutation(
    {
      send: ({ releaseIp }: { releaseIp: boolean }) =>
        callApi<void>('DELETE', apiPath.lbRelease(region, id, releaseIp)),
      invalidates: [LB_LISTS_KEY, IPS_KEY],
    },
    options,
  )
}

/** Sets a load balancer's subscriber; null for none. */
export function useSubscribe(
  lb: Lb,
  options?: MutationOptions<z.input<typeof SubscribeToLb> | null, Lb>,
) {
  return useLbMutation(
    lb,
    (body: z.input<typeof SubscribeToLb> | null) =>
      body === null
        ? callApi<Lb>('DELETE', apiPath.unsubscribe(lb.region, lb.id))
        : callApi<Lb>('POST', apiPath.subscribe(lb.region, lb.id), { body }),
    options,
  )
}
