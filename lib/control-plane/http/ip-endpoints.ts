import { CreateIp, Ip, IpList, ListIps, UpdateIp } from '#lib/core/ip.ts'
import { createIp } from '../services/ips/create-ip.ts'
import { getIp } from '../services/ips/get-ip.ts'
import { listIps } from '../services/ips/list-ips.ts'
import { releaseIp } from '../services/ips/release-ip.ts'
import { updateIp } from '../services/ips/update-ip.ts'
import type { Call, Endpoint, ScopedCall } from './endpoint.ts'

export const IP_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/ips',
    summary: 'List IPs',
    query: ListIps,
    response: IpList,
    handle: async (call) => ({ value: await listIps(call) }),
  },
  {
    method: 'post',
    path: '/ips',
    summary: 'Create an IP',
    body: CreateIp,
    response: Ip,
    handle: createIp,
  },
  { method: 'get', path: '/ips/{id}', summary: 'Get an IP', response: Ip, handle: getIp },
  {
    method: 'patch',
    path: '/ips/{id}',
    summary: 'Update an IP, or attach it to a load balancer',
    body: UpdateIp,
    response: Ip,
    handle: updateIp,
  },
  {
    method: 'delete',
    path: '/ips/{id}',
    summary: 'Release an IP',
    response: null,
    handle: releaseIp,
  },
]

/** IPs of all regions, under `/fairlead/v1`. */
export const FAIRLEAD_IP_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/ips',
    summary: 'List the IPs of all regions',
    query: ListIps,
    response: IpList,
    handle: async (call) => ({ value: await listIps({ ...call, scope: null }) }),
  },
]
