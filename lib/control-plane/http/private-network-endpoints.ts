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

/** In older paths, which the regional client uses, the network is named in the path and not in the body. */
const OLDER = '/lbs/{id}/private-networks/{network}'

function namedInPath(call: ScopedCall): ScopedCall {
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
    summary: 'Record that a load balancer is attached to a private network',
    body: AttachPrivateNetwork,
    response: PrivateNetwork,
    handle: async (call) => ({ value: await attachPrivateNetwork(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/detach-private-network',
    summary: "End a load balancer's attachment to a private network",
    body: DetachPrivateNetwork,
    response: null,
    handle: detachPrivateNetwork,
  },
  {
    method: 'post',
    path: `${OLDER}/attach`,
    summary: 'Record that a load balancer is attached to a private network, by its older path',
    body: AttachNamedNetwork,
    response: PrivateNetwork,
    handle: async (call) => ({ value: await attachPrivateNetwork(namedInPath(call)) }),
  },
  {
    method: 'post',
    path: `${OLDER}/detach`,
    summary: "End a load balancer's attachment to a private network, by its older path",
    response: null,
    handle: (call) => detachPrivateNetwork(namedInPath(call)),
  },
]
