import { type BackendList, ListBackends } from '#lib/core/backend.ts'
import { contains } from '../../store/filters.ts'
import { findLb } from '../../store/find.ts'
import { readPage } from '../../store/page.ts'
import { backendView } from '../../views/backend-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { loadLbView } from '../versioned-views.ts'

/** A page of a load balancer's backends. */
export async function listBackends({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<BackendList> {
  const { reader } = ctx.store
  const { id: lbId } = await findLb(reader, scope, id)
  const filter = parseInput(ListBackends, query)
  let matches = reader.selectFrom('backends').where('lb_id', '=', lbId)
  if (filter.name) matches = matches.where(contains('backends.name', filter.name))
  const { rows, total } = await readPage(reader, 'backends', matches, filter)
  const lb = await loadLbView(ctx, reader, lbId)
  return { backends: rows.map((row) => backendView(row, lb)), total_count: total }
}
