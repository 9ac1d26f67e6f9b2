import type * as z from 'zod'
import type { Failover, SwitchoverRequest } from '#lib/core/failover.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'

type Switchover = z.input<typeof SwitchoverRequest>

/** Switches a load balancer over to its other instance. */
export function useSwitchover(lbId: string, options?: MutationOptions<Switchover, Failover>) {
  return useApiMutation(
    {
      send: (body: Switchover) => callApi<Failover>('POST', apiPath.switchover(lbId), { body }),
      invalidates: [LBS_KEY],
      awaitsRefetch: true,
      refetchesOnError: true,
    },
    options,
  )
}
