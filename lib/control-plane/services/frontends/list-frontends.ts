import { type FrontendList, ListFrontends } from '#lib/core/frontend.ts'
import { contains } from '../../store/filters.ts'
import { findLb } from '../../store/find.ts'
import { readPage } from '../../store/page.ts'
import type { Reader } from '../../store/reader.ts'
import type { BackendRow, FrontendRow } from '../../store/tables.ts'
import { backendView } from '../../views/backend-view.ts'
import { frontendView } from '../../views/frontend-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { loadLbView } from '../versioned-views.ts'

/** A page of a load balancer's frontends. */
export async function listFrontends({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<FrontendList> {
  const { reader } = ctx.store
  const { id: lbId } = await findLb(reader, scope, id)
  const filter = parseInput(ListFrontends, query)
  let matches = reader.selectFrom('frontends').where('lb_id', '=', lbId)
  if (filter.name) matches = matches.where(contains('frontends.name', filter.name))
  const { rows, total } = await readPage(reader, 'frontends', matches, filter)
  const lb = await loadLbView(ctx, reader, lbId)
  const backends = await backendsOf(reader, rows)
  const frontends = rows.flatMap((row) => {
    const backend = backends.get(row.backend_id)
    return backend ? [frontendView(row, backendView(backend, lb), lb)] : []
  })
  return { frontends, total_count: total }
}

async function backendsOf(
  reader: Reader,
  frontends: FrontendRow[],
): Promise<Map<string, BackendRow>> {
  if (frontends.length === 0) return new Map()
  const ids = [...new Set(frontends.map(({ backend_id }) => backend_id))]
  const rows = await reader.selectFrom('backends').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}
