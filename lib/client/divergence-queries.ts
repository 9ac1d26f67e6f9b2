import type { DivergenceList } from '#lib/core/divergence.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { LB_LISTS_KEY } from './lb-queries.ts'

/** The load balancers that have diverged. Events about load balancers refetch it, as they do lists. */
export function divergenceList(): ApiQuery<DivergenceList> {
  return {
    queryKey: [...LB_LISTS_KEY, 'divergences'],
    fetch: (get) => get(apiPath.divergences()),
  }
}
