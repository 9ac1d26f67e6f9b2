import type { FailoverList } from '#lib/core/failover.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

export const FAILOVERS_SHOWN = 10

/** The last failovers of a load balancer. `lastAt`, the time of the newest one, is part of the key. */
export function lbFailovers(id: string, lastAt: string): ApiQuery<FailoverList> {
  return {
    queryKey: [...lbKey(id), 'failovers', lastAt],
    fetch: (get) => get(apiPath.failovers(id, { page_size: FAILOVERS_SHOWN })),
  }
}
