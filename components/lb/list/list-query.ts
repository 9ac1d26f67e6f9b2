import type { LbListQuery } from '#lib/client/lb-queries.ts'
import { OVERVIEW_ORDERS } from '#lib/core/orders.ts'
import { REGIONS } from '#lib/core/regions.ts'

/** The list without a filter, in the order it has by itself. */
export const WHOLE_LIST: LbListQuery = {
  search: '',
  region: '',
  tag: '',
  order: 'created_at_asc',
  page: 1,
}

type Parameters = Record<string, string | string[] | undefined>

/** Filter, order and page as the address's query names them; anything odd is as if it were not there. */
export function listQueryOf({ search, region, tag, order, page }: Parameters): LbListQuery {
  const number = Number(page)
  return {
    search: typeof search === 'string' ? search.trim() : '',
    region: REGIONS.find((known) => known === region) ?? '',
    tag: typeof tag === 'string' ? tag : '',
    order: OVERVIEW_ORDERS.find((known) => known === order) ?? WHOLE_LIST.order,
    page: Number.isInteger(number) && number > 0 ? number : 1,
  }
}

/** The address's query that names a list, without what goes without saying: "?region=fr-par", or "". */
export function listAddress(query: LbListQuery): string {
  const told = Object.entries(query).filter(
    ([name, value]) => value !== WHOLE_LIST[name as keyof LbListQuery],
  )
  const text = new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}

/** Whether some load balancers may be left out. */
export function isFiltered({ search, region, tag }: LbListQuery): boolean {
  return search !== '' || region !== '' || tag !== ''
}
