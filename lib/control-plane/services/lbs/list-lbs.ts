import { type LbList, ListLbs } from '#lib/core/lb.ts'
import { contains, hasTags, isWithin } from '../../store/filters.ts'
import { loadLbParts } from '../../store/lb-parts.ts'
import { readPage } from '../../store/page.ts'
import { lbView } from '../../views/lb-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of the load balancers in the scope that match the filters. */
export async function listLbs({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store' | 'fleet'>): Promise<LbList> {
  const filter = parseInput(ListLbs, query)
  let matches = ctx.store.reader
    .selectFrom('lbs')
    .where(isWithin('lbs', scope))
    .where(hasTags('lbs.tags', filter.tags))
  if (filter.lb_ids.length > 0) matches = matches.where('lbs.id', 'in', filter.lb_ids)
  if (filter.name) matches = matches.where(contains('lbs.name', filter.name))
  if (filter.organization_id) {
    matches = matches.where('organization_id', '=', filter.organization_id)
  }
  if (filter.project_id) matches = matches.where('project_id', '=', filter.project_id)

  const { rows, total } = await readPage(ctx.store.reader, 'lbs', matches, filter)
  const parts = await loadLbParts(ctx.store.reader, rows)
  return { lbs: parts.map((lb) => lbView(lb, ctx.fleet)), total_count: total }
}
