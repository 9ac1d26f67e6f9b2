import { IpamIp, IpamIpList, ListIpamIps } from '#lib/core/ipam.ts'
import {
  ListVpcPrivateNetworks,
  ListVpcs,
  Vpc,
  VpcList,
  VpcPrivateNetwork,
  VpcPrivateNetworkList,
} from '#lib/core/vpc.ts'
import { getIpamIp, listIpamIps } from '../services/vpc/ipam-ips.ts'
import { getVpcPrivateNetwork, listVpcPrivateNetworks } from '../services/vpc/private-networks.ts'
import { getVpc, listVpcs } from '../services/vpc/vpcs.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

/** What clients read from Scaleway's IPAM, under `/ipam/v1/regions/{region}`. */
export const IPAM_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/ips',
    summary: 'List the IPAM IDs of load balancers in private networks',
    query: ListIpamIps,
    response: IpamIpList,
    handle: async (call) => ({ value: await listIpamIps(call) }),
  },
  {
    method: 'get',
    path: '/ips/{id}',
    summary: 'Get an attachment by its IPAM ID',
    response: IpamIp,
    handle: async (call) => ({ value: await getIpamIp(call) }),
  },
]

/** What clients read from Scaleway's VPC, under `/vpc/v2/regions/{region}`. */
export const VPC_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/private-networks',
    summary: 'List the private networks that load balancers are attached to',
    query: ListVpcPrivateNetworks,
    response: VpcPrivateNetworkList,
    handle: async (call) => ({ value: await listVpcPrivateNetworks(call) }),
  },
  {
    method: 'get',
    path: '/private-networks/{id}',
    summary: 'Get a private network that a load balancer is attached to',
    response: VpcPrivateNetwork,
    handle: async (call) => ({ value: await getVpcPrivateNetwork(call) }),
  },
  {
    method: 'get',
    path: '/vpcs',
    summary: "List a region's VPCs. There is one per region",
    query: ListVpcs,
    response: VpcList,
    handle: async (call) => ({ value: await listVpcs(call) }),
  },
  {
    method: 'get',
    path: '/vpcs/{id}',
    summary: "Get a region's VPC",
    response: Vpc,
    handle: async (call) => ({ value: await getVpc(call) }),
  },
]
