import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Ip } from '#lib/core/ip.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { IPS_KEY } from './ip-queries.ts'

/** Gives a conserved address back to the pool. */
export function useReleaseIp() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, region }: Ip) => callApi<void>('DELETE', apiPath.ip(region, id)),
    onSuccess: () => client.invalidateQueries({ queryKey: IPS_KEY }),
  })
}
