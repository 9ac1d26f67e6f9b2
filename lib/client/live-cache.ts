import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import type { LiveEvent } from '#lib/core/live-event.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { IPS_KEY } from './ip-queries.ts'
import { LB_LISTS_KEY, lbKey, lbObserved, lbOverview } from './lb-queries.ts'
import { NODES_KEY } from './node-queries.ts'

/** Whether a query is fetching another page of its list. */
const isFetchingPage = ({ state }: Query) =>
  state.fetchStatus === 'fetching' && state.fetchMeta?.fetchMore !== undefined

/** At least this time between two refetches of the lists: they span all load balancers, so any event is about them. */
const LISTS_INTERVAL_MS = 1000

/** Applies events to the query cache. Queries on the page are refetched at once, the others when they are next used. */
export class LiveCache {
  readonly #client: QueryClient
  #listsAt = -LISTS_INTERVAL_MS
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(client: QueryClient) {
    this.#client = client
  }

  apply(event: LiveEvent): void {
    if (event.type === 'resync') this.#invalidate([])
    if (event.type === 'ips') this.#invalidate(IPS_KEY)
    if (event.type === 'report') this.#put(event.observed)
    if (event.type === 'lb') this.#invalidate(lbKey(event.lb_id))
    if (event.type === 'observed') this.#invalidate(lbOverview(event.lb_id).queryKey, true)
    if (event.type === 'nodes') this.#invalidate(NODES_KEY)
    if (event.type === 'lb' || event.type === 'observed') this.#invalidateLists()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #put(observed: ObservedLb): void {
    const { queryKey } = lbObserved(observed.lb_id)
    // A response that is on its way may be older.
    void this.#client.cancelQueries({ queryKey, exact: true }, { revert: false, silent: true })
    this.#client.setQueryData(queryKey, observed)
  }

  #invalidate(queryKey: QueryKey, exact = false): void {
    const fetching = this.#client
      .getQueryCache()
      .findAll({ queryKey, exact, predicate: isFetchingPage })
    void this.#client.invalidateQueries({
      queryKey,
      exact,
      predicate: (query) => !fetching.includes(query),
    })
    // A refetch would abort the page that the person has just asked for, so it waits.
    for (const query of fetching) {
      void query.promise
        ?.catch(() => {})
        .then(() => this.#client.invalidateQueries({ queryKey: query.queryKey, exact: true }))
    }
  }

  /** Immediately, and at most once per interval. */
  #invalidateLists(): void {
    if (this.#timer) return
    const wait = Math.max(0, this.#listsAt + LISTS_INTERVAL_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#listsAt = performance.now()
      this.#invalidate(LB_LISTS_KEY)
    }, wait)
  }
}
