import type { Region } from '#lib/core/locality.ts'
import type { PrivateNetwork } from '#lib/core/private-network.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

/** The private networks that a load balancer is attached to. */
export function lbPrivateNetworks(lb: { id: string; region: Region }): ApiQuery<PrivateNetwork[]> {
  return {
    queryKey: [...lbKey(lb.id), 'private-networks'],
    fetch: (get) =>
      fetchAllPages(get, apiPath.privateNetworks(lb.region, lb.id), 'private_network'),
  }
}
