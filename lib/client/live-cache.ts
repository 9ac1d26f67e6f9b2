import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import type { LiveEvent } from '#lib/core/live-event.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { IPS_KEY } from './ip-queries.ts'
import { LBS_KEY, lbObserved, lbOverview } from './lb-queries.ts'

/** Whether a query is reading a further page. */
const loadsMore = ({ state }: Query) =>
  state.fetchStatus === 'fetching' && state.fetchMeta?.fetchMore !== undefined

/** Lists span all load balancers, so events about any of them come together here. */
const LISTS_MS = 1000

/** Brings events into the cache: only what is on the page is read again, the rest when it is next looked at. */
export class LiveCache {
  readonly #client: QueryClient
  #listsAt = -LISTS_MS
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(client: QueryClient) {
    this.#client = client
  }

  apply(event: LiveEvent): void {
    if (event.type === 'resync') this.#readAgain([])
    if (event.type === 'ips') this.#readAgain(IPS_KEY)
    if (event.type === 'report') this.#put(event.observed)
    if (event.type === 'lb') this.#readAgain([...LBS_KEY, event.lb_id])
    if (event.type === 'observed') this.#readAgain(lbOverview(event.lb_id).queryKey, true)
    if (event.type === 'lb' || event.type === 'observed') this.#readLists()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #put(observed: ObservedLb): void {
    const { queryKey } = lbObserved(observed.lb_id)
    // An answer that is on its way may be older.
    void this.#client.cancelQueries({ queryKey, exact: true }, { revert: false, silent: true })
    this.#client.setQueryData(queryKey, observed)
  }

  #readAgain(queryKey: QueryKey, exact = false): void {
    const busy = this.#client.getQueryCache().findAll({ queryKey, exact, predicate: loadsMore })
    void this.#client.invalidateQueries({
      queryKey,
      exact,
      predicate: (query) => !busy.includes(query),
    })
    // Reading again would end what somebody has just asked for: a further page. It comes first.
    for (const query of busy) {
      void query.promise
        ?.catch(() => {})
        .then(() => this.#client.invalidateQueries({ queryKey: query.queryKey, exact: true }))
    }
  }

  /** At once, and not again within a second. */
  #readLists(): void {
    if (this.#timer) return
    const wait = Math.max(0, this.#listsAt + LISTS_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#listsAt = performance.now()
      this.#readAgain([...LBS_KEY, 'list'])
    }, wait)
  }
}
