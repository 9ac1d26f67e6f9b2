import { LB_HEALTH_STATES, type LbHealthState } from '#lib/core/lb-health-states.ts'
import type { Region } from '#lib/core/locality.ts'
import type { LbOverview, LbOverviewList, ObservedLb, OverviewOrder } from '#lib/core/observed.ts'
import { LB_TRANSIENT_STATUSES } from '#lib/core/transient-statuses.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'
import { pollInterval } from './live-state.ts'

export const LBS_PAGE_SIZE = 50

/** The prefix of the keys of everything about load balancers. */
export const LBS_KEY = ['lbs'] as const
/** The prefix of the keys of lists that span load balancers. */
export const LB_LISTS_KEY = [...LBS_KEY, 'list'] as const
/** The prefix of the keys of everything about one load balancer. */
export const lbKey = (id: string) => [...LBS_KEY, id] as const

/** Filters, order and page of the list; "" filters nothing out. */
export type LbListQuery = {
  search: string
  region: Region | ''
  health: LbHealthState | 'unhealthy' | ''
  tag: string
  order: OverviewOrder
  page: number
}

const UNHEALTHY = LB_HEALTH_STATES.filter((state) => state !== 'healthy')

/** A page of the load balancers of all regions. */
export function lbList(query: LbListQuery): ApiQuery<LbOverviewList> {
  const { search, region, health, tag, order, page } = query
  return {
    queryKey: [...LB_LISTS_KEY, query],
    fetch: (get) =>
      get(
        apiPath.overviews({
          search,
          region,
          health: health === 'unhealthy' ? UNHEALTHY : health,
          tags: tag,
          order_by: order,
          page,
          page_size: LBS_PAGE_SIZE,
        }),
      ),
  }
}

/** All load balancers, for pages that show their names. */
export function allLbs(): ApiQuery<LbOverview[]> {
  return {
    queryKey: [...LB_LISTS_KEY, 'all'],
    fetch: (get) => fetchAllPages(get, apiPath.overviews({}), 'lbs'),
  }
}

/** One load balancer. */
export function lbOverview(id: string): ApiQuery<LbOverview> {
  return { queryKey: lbKey(id), fetch: (get) => get(apiPath.overview(id)) }
}

/** The observed state of one load balancer. */
export function lbObserved(id: string): ApiQuery<ObservedLb> {
  return { queryKey: [...lbKey(id), 'observed'], fetch: (get) => get(apiPath.observed(id)) }
}

const QUICK_MS = 1000
const SLOW_MS = 5000

/**
 * The polling interval of load balancers: short while one is in a transient status. A problem may end by time alone, which
 * causes no event.
 */
export function lbInterval(overviews: readonly LbOverview[]): number {
  const isTransient = overviews.some(({ lb }) => LB_TRANSIENT_STATUSES.includes(lb.status))
  if (isTransient) return QUICK_MS
  const hasProblem = overviews.some(({ problems }) => problems.length > 0)
  return hasProblem ? SLOW_MS : pollInterval(SLOW_MS)
}

/** The polling interval of the observed state. */
export const observedInterval = () => pollInterval(QUICK_MS)
