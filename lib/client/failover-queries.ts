import type { Failover, FailoverList } from '#lib/core/failover.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

export const FAILOVERS_SHOWN = 10

/** The last failovers of a load balancer. The newest one is part of the key, with its gap: its former owner may complete that later. */
export function lbFailovers(
  id: string,
  newest: Pick<Failover, 'at' | 'gap_ms'> | null,
): ApiQuery<FailoverList> {
  return {
    queryKey: [...lbKey(id), 'failovers', newest?.at ?? '', newest?.gap_ms ?? 0],
    fetch: (get) => get(apiPath.failovers(id, { page_size: FAILOVERS_SHOWN })),
  }
}
