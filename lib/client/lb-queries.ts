import type { Region } from '#lib/core/locality.ts'
import type { LbOverview, LbOverviewList, ObservedLb, OverviewOrder } from '#lib/core/observed.ts'
import { LB_TRANSIENT_STATUSES } from '#lib/core/transient-statuses.ts'
import { apiPath } from './api-path.ts'
import { unlessLive } from './live-state.ts'
import { allPages, type Read } from './read.ts'

export const LBS_PAGE_SIZE = 50

/** What begins the key of everything about load balancers. */
export const LBS_KEY = ['lbs'] as const

/** What is listed; "" leaves nothing out. */
export type LbListQuery = {
  search: string
  region: Region | ''
  tag: string
  order: OverviewOrder
  page: number
}

/** A page of the load balancers of all regions. */
export function lbList(query: LbListQuery): Read<LbOverviewList> {
  const { search, region, tag, order, page } = query
  return {
    queryKey: [...LBS_KEY, 'list', query],
    read: (get) =>
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
export function allLbs(): Read<LbOverview[]> {
  return {
    queryKey: [...LBS_KEY, 'list', 'all'],
    read: (get) => allPages(get, apiPath.overviews({}), 'lbs'),
  }
}

/** One load balancer. */
export function lbOverview(id: string): Read<LbOverview> {
  return { queryKey: [...LBS_KEY, id], read: (get) => get(apiPath.overview(id)) }
}

/** What the nodes report of one load balancer. */
export function lbObserved(id: string): Read<ObservedLb> {
  return { queryKey: [...LBS_KEY, id, 'observed'], read: (get) => get(apiPath.observed(id)) }
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
  return ill ? SLOW_MS : unlessLive(SLOW_MS)
}

/** How soon to look again at what the nodes report: health and who is active are watched. */
export const observedInterval = () => unlessLive(QUICK_MS)
