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

/** What is listed; "" leaves nothing out. */
export type LbListQuery = {
  search: string
  region: Region | ''
  tag: string
  order: OverviewOrder
  page: number
}

/** A page of the load balancers of all regions. */
export function lbList(query: LbListQuery): ApiQuery<LbOverviewList> {
  const { search, region, tag, order, page } = query
  return {
    queryKey: [...LB_LISTS_KEY, query],
    fetch: (get) =>
      get(
        apiPath.overviews({
          search,
          region,
          tags: tag,
          order_by: order,
          page,
          page_size: LBS_PAGE_SIZE,
        }),
      ),
  }
}

/** All load balancers, for pages that name them by id. */
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

/** What the nodes report of one load balancer. */
export function lbObserved(id: string): ApiQuery<ObservedLb> {
  return { queryKey: [...lbKey(id), 'observed'], fetch: (get) => get(apiPath.observed(id)) }
}

const QUICK_MS = 1000
const SLOW_MS = 5000

/**
 * How soon to look again at load balancers: quickly while one's status is about to change by itself. One that has a
 * problem may come to another status by time alone, of which no event tells.
 */
export function lbInterval(overviews: readonly LbOverview[]): number {
  const moving = overviews.some(({ lb }) => LB_TRANSIENT_STATUSES.includes(lb.status))
  if (moving) return QUICK_MS
  const ill = overviews.some(({ problems }) => problems.length > 0)
  return ill ? SLOW_MS : pollInterval(SLOW_MS)
}

/** How soon to look again at what the nodes report: health and who is active are watched. */
export const observedInterval = () => pollInterval(QUICK_MS)
