import {
  AttachNamedNetwork,
  AttachPrivateNetwork,
  DetachPrivateNetwork,
  ListPrivateNetworks,
  PrivateNetwork,
  PrivateNetworkList,
} from '#lib/core/private-network.ts'
import { attachPrivateNetwork } from '../services/private-networks/attach-private-network.ts'
import { detachPrivateNetwork } from '../services/private-networks/detach-private-network.ts'
import { listPrivateNetworks } from '../services/private-networks/list-private-networks.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

/** The older paths, which regional clients use, have the network in the path instead of the body. */
const OLDER = '/lbs/{id}/private-networks/{network}'

function withNetworkFromPath(call: ScopedCall): ScopedCall {
  const { network } = call.params
  return { ...call, input: { ...(call.input as object | null), private_network_id: network } }
}

export const PRIVATE_NETWORK_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/private-networks',
    summary: 'List the private networks that a load balancer is attached to',
    query: ListPrivateNetworks,
    response: PrivateNetworkList,
    handle: async (call) => ({ value: await listPrivateNetworks(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/attach-private-network',
    summary: 'Attach a load balancer to a private network',
    body: AttachPrivateNetwork,
    response: PrivateNetwork,
    handle: async (call) => ({ value: await attachPrivateNetwork(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/detach-private-network',
    summary: 'Detach a load balancer from a private network',
    body: DetachPrivateNetwork,
    response: null,
    handle: detachPrivateNetwork,
  },
  {
    method: 'post',
    path: `${OLDER}/attach`,
    summary: 'Attach a load balancer to a private network (older path)',
    body: AttachNamedNetwork,
    response: PrivateNetwork,
    handle: async (call) => ({ value: await attachPrivateNetwork(withNetworkFromPath(call)) }),
  },
  {
    method: 'post',
    path: `${OLDER}/detach`,
    summary: 'Detach a load balancer from a private network (older path)',
    response: null,
    handle: (call) => detachPrivateNetwork(withNetworkFromPath(call)),
  },
]
