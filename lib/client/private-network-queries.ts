import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import type { PrivateNetwork } from '#lib/core/private-network.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { allPages, type Read } from './read.ts'
import { useRuleChange } from './rule-mutations.ts'

/** The private networks that a load balancer is attached to. */
export function lbPrivateNetworks(lb: { id: string; region: Region }): Read<PrivateNetwork[]> {
  return {
    queryKey: [...LBS_KEY, lb.id, 'private-networks'],
    read: (get) => allPages(get, apiPath.privateNetworks(lb.region, lb.id), 'private_network'),
  }
}

export function useAttachPrivateNetwork(lb: Lb) {
  return useRuleChange(lb, (privateNetworkId: string) =>
    callApi<PrivateNetwork>('POST', apiPath.attachPrivateNetwork(lb.region, lb.id), {
      body: { private_network_id: privateNetworkId },
    }),
  )
}

export function useDetachPrivateNetwork(lb: Lb) {
  return useRuleChange(lb, (privateNetworkId: string) =>
    callApi<void>('POST', apiPath.detachPrivateNetwork(lb.region, lb.id), {
      body: { private_network_id: privateNetworkId },
    }),
  )
}
