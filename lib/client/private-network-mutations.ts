import type * as z from 'zod'
import type { Lb } from '#lib/core/lb.ts'
import type { AttachPrivateNetwork, PrivateNetwork } from '#lib/core/private-network.ts'
import { callApi } from './api.ts'
import type { MutationOptions } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { useLbMutation } from './lb-mutations.ts'

type NetworkId = z.input<typeof AttachPrivateNetwork>

export function useAttachPrivateNetwork(
  lb: Lb,
  options?: MutationOptions<NetworkId, PrivateNetwork>,
) {
  return useLbMutation(
    lb,
    (body: NetworkId) =>
      callApi<PrivateNetwork>('POST', apiPath.attachPrivateNetwork(lb.region, lb.id), { body }),
    options,
  )
}

export function useDetachPrivateNetwork(lb: Lb, options?: MutationOptions<NetworkId, void>) {
  return useLbMutation(
    lb,
    (body: NetworkId) =>
      callApi<void>('POST', apiPath.detachPrivateNetwork(lb.region, lb.id), { body }),
    options,
  )
}
