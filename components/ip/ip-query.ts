import { REGION_PARAMETER } from '#components/lb/list/list-filters.tsx'
import { oneOf, type Parameters, text } from '#components/ui/url-state.ts'
import { compareNames, foldCase } from '#lib/core/fold-case.ts'
import type { Ip } from '#lib/core/ip.ts'
import type { Region } from '#lib/core/locality.ts'

const ORDERS = ['address_asc', 'address_desc', 'lb_asc', 'lb_desc'] as const
export type IpOrder = (typeof ORDERS)[number]

const STATES = ['', 'attached', 'conserved'] as const

/** Which addresses are listed, in which order; "" filters nothing out. */
export type IpQuery = {
  search: string
  region: Region | ''
  state: (typeof STATES)[number]
  order: IpOrder
}

/** The list's filters and order in the URL. */
export const IP_LIST_PARAMETERS: Parameters<IpQuery> = {
  search: text,
  region: REGION_PARAMETER,
  state: oneOf(STATES, ''),
  order: oneOf(ORDERS, 'address_asc'),
}

/**
 * The addresses that match a query, in its order. Ordered by load balancer, conserved ones are last.
 * @param ips ascending
 * @param names the load balancers' names by ID
 */
export function shownIps(
  ips: readonly Ip[],
  query: IpQuery,
  names: ReadonlyMap<string, string>,
): Ip[] {
  const search = foldCase(query.search)
  const nameOf = ({ lb_id }: Ip) => (lb_id === null ? '' : (names.get(lb_id) ?? lb_id))
  const shown = ips.filter(
    (ip) =>
      (query.region === '' || ip.region === query.region) &&
      (query.state === '' || (query.state === 'attached') === (ip.lb_id !== null)) &&
      (ip.ip_address.includes(search) || foldCase(nameOf(ip)).includes(search)),
  )
  if (query.order === 'address_desc') return shown.reverse()
  if (query.order === 'address_asc') return shown
  const sign = query.order === 'lb_asc' ? 1 : -1
  return shown.sort(
    (one, other) =>
      Number(one.lb_id === null) - Number(other.lb_id === null) ||
      sign * compareNames(nameOf(one), nameOf(other)),
  )
}
