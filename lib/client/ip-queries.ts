import type { Ip } from '#lib/core/ip.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'

export const IPS_KEY = ['ips'] as const

/** The highly available IPs of all regions, attached and conserved. */
export function allIps(): ApiQuery<Ip[]> {
  return { queryKey: IPS_KEY, fetch: (get) => fetchAllPages(get, apiPath.allIps(), 'ips') }
}
