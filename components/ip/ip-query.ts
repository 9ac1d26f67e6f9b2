import { compareNames, foldCase } from '#lib/core/fold-case.ts'
import type { Ip } from '#lib/core/ip.ts'
import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'

export const IP_ORDERS = ['address_asc', 'address_desc', 'lb_asc', 'lb_desc'] as const
export type IpOrder = (typeof IP_ORDERS)[number]

const IP_STATES = ['', 'attached', 'conserved'] as const

/** Which addresses are shown, in which order; "" leaves nothing out. */
export type IpQuery = {
  search: string
  region: Region | ''
  state: (typeof IP_STATES)[number]
  order: IpOrder
}

export const ALL_IPS: IpQuery = { search: '', region: '', state: '', order: 'address_asc' }

/** The query that the address names; anything odd is as if it were not there. */
export function ipQueryOf({ search, region, state, order }: Record<string, string>): IpQuery {
  return {
    search: search?.trim() ?? '',
    region: REGIONS.find((known) => known === region) ?? '',
    state: IP_STATES.find((known) => known === state) ?? '',
    order: IP_ORDERS.find((known) => known === order) ?? ALL_IPS.order,
  }
}

/** The address's query that names it: "?state=conserved", or "". */
export function ipAddressQuery(query: IpQuery): string {
  const told = Object.entries(query).filter(
    ([name, value]) => value !== ALL_IPS[name as keyof IpQuery],
  )
  const text = new URLSearchParams(told).toString()
  return text && `?${text}`
}

/**
 * The addresses that a query keeps, ordered. They come ascending; `names` are the load balancers', by id. Conserved
 * ones are last where load balancers decide.
 */
export function shownIps(
  ips: readonly Ip[],
  query: IpQuery,
  names: ReadonlyMap<string, string>,
): Ip[] {
  const text = foldCase(query.search)
  const nameOf = ({ lb_id }: Ip) => (lb_id === null ? '' : (names.get(lb_id) ?? lb_id))
  const shown = ips.filter(
    (ip) =>
      (query.region === '' || ip.region === query.region) &&
      (query.state === '' || (query.state === 'attached') === (ip.lb_id !== null)) &&
      (ip.ip_address.includes(text) || foldCase(nameOf(ip)).includes(text)),
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
