import { CreateIp, Ip, IpList, ListIps, UpdateIp } from '#lib/core/ip.ts'
import { createIp } from '../services/ips/create-ip.ts'
import { getIp } from '../services/ips/get-ip.ts'
import { listIps } from '../services/ips/list-ips.ts'
import { releaseIp } from '../services/ips/release-ip.ts'
import { updateIp } from '../services/ips/update-ip.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const IP_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/ips',
    summary: 'List IPs',
    query: ListIps,
    answer: IpList,
    handle: async (call) => ({ value: await listIps(call) }),
  },
  {
    method: 'post',
    path: '/ips',
    summary: 'Create an IP',
    body: CreateIp,
    answer: Ip,
    handle: createIp,
  },
  { method: 'get', path: '/ips/{id}', summary: 'Get an IP', answer: Ip, handle: getIp },
  {
    method: 'patch',
    path: '/ips/{id}',
    summary: 'Update an IP, or attach it to a load balancer',
    body: UpdateIp,
    answer: Ip,
    handle: updateIp,
  },
  {
    method: 'delete',
    path: '/ips/{id}',
    summary: 'Release an IP',
    answer: null,
    handle: async (call) => {
      await releaseIp(call)
      return null
    },
  },
]
