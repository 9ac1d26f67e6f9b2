import type { Ip } from '#lib/core/ip.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { IPS_KEY } from './ip-queries.ts'

/** Releases a conserved IP address. */
export function useReleaseIp(options?: MutationOptions<Ip, void>) {
  return useApiMutation(
    {
      send: ({ id, region }: Ip) => callApi<void>('DELETE', apiPath.ip(region, id)),
      invalidates: [IPS_KEY],
      awaitsRefetch: true,
    },
    options,
  )
}
