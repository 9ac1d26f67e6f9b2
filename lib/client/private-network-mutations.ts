import type * as z from 'zod'
import type { Lb } from '#lib/core/lb.ts'
import type {
  AttachPrivateNetwork,
  DetachPrivateNetwork,
  PrivateNetwork,
} from '#lib/core/private-network.ts'
import { callApi } from './api.ts'
import type { MutationOptions } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { useLbMutation } from './lb-mutations.ts'

type Attachment = z.input<typeof AttachPrivateNetwork>

export function useAttachPrivateNetwork(
  lb: Lb,
  options?: MutationOptions<Attachment, PrivateNetwork>,
) {
  return useLbMutation(
    lb,
    (body: Attachment) =>
      callApi<PrivateNetwork>('POST', apiPath.attachPrivateNetwork(lb.region, lb.id), { body }),
    options,
  )
}

type Detachment = z.input<typeof DetachPrivateNetwork>

export function useDetachPrivateNetwork(lb: Lb, options?: MutationOptions<Detachment, void>) {
  return useLbMutation(
    lb,
    (body: Detachment) =>
      callApi<void>('POST', apiPath.detachPrivateNetwork(lb.region, lb.id), { body }),
    options,
  )
}
