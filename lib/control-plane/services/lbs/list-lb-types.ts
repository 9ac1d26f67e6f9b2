import { LB_TYPES } from '#lib/core/lb.ts'
import { type LbTypeList, limitsInWords } from '#lib/core/lb-type.ts'
import { Paging } from '#lib/core/list.ts'
import { defaultZone } from '#lib/core/locality.ts'
import type { Scope } from '../../scope.ts'
import { parseInput } from '../parse-input.ts'

/** The types on offer: what a load balancer may carry, as far as the machine gives it. */
export function listLbTypes({ scope, query }: { scope: Scope; query: unknown }): LbTypeList {
  const { page, page_size } = parseInput(Paging, query)
  const { region } = scope
  const types = LB_TYPES.map((name) => ({
    name: name.toUpperCase(),
    stock_status: 'available' as const,
    description: limitsInWords(name),
    region,
    zone: scope.zone ?? defaultZone(region),
  }))
  const first = (page - 1) * page_size
  return { lb_types: types.slice(first, first + page_size), total_count: types.length }
}
