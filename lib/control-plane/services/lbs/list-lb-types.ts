import { LB_TYPES } from '#lib/core/lb.ts'
import { formatLimits, type LbTypeList, TYPE_LIMITS } from '#lib/core/lb-type.ts'
import { Paging } from '#lib/core/list.ts'
import { defaultZone } from '#lib/core/locality.ts'
import { isServed, type Scope } from '../../scope.ts'
import { parseInput } from '../parse-input.ts'

/** The load balancer types with their limits. None in Scaleway's other regions. */
export function listLbTypes({ scope, query }: { scope: Scope; query: unknown }): LbTypeList {
  const { page, page_size } = parseInput(Paging, query)
  if (!isServed(scope)) return { lb_types: [], total_count: 0 }
  const { region, zone } = scope
  const types = LB_TYPES.map((name) => ({
    name: name.toUpperCase(),
    stock_status: 'available' as const,
    description: formatLimits(name),
    bandwidth: TYPE_LIMITS[name].bandwidth,
    // Servers can have any address that the nodes can reach.
    multicloud: true,
    region,
    zone: zone ?? defaultZone(region),
  }))
  const first = (page - 1) * page_size
  return { lb_types: types.slice(first, first + page_size), total_count: types.length }
}
