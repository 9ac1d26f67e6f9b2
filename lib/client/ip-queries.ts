import type { Ip } from '#lib/core/ip.ts'
import { apiPath } from './api-path.ts'
import { allPages, type Read } from './read.ts'

export const IPS_KEY = ['ips'] as const

/** The highly available IPs of all regions, attached and conserved. */
export function allIps(): Read<Ip[]> {
  return { queryKey: IPS_KEY, read: (get) => allPages(get, apiPath.allIps(), 'ips') }
}
