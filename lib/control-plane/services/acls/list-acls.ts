import { type AclList, ListAcls } from '#lib/core/acl.ts'
import { contains } from '../../store/filters.ts'
import { findFrontend } from '../../store/find.ts'
import { readPage } from '../../store/page.ts'
import { aclView } from '../../views/acl-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { loadFrontendView, type Versioned } from '../versioned-views.ts'
import { aclsOf, etagOfAcls } from './frontend-acls.ts'

/** A page of a frontend's ACLs, with the entity tag of the whole list. */
export async function listAcls({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<Versioned<AclList>> {
  const { reader } = ctx.store
  const { frontend } = await findFrontend(reader, scope, id)
  const filter = parseInput(ListAcls, query)
  let matches = reader.selectFrom('acls').where('frontend_id', '=', frontend.id)
  if (filter.name) matches = matches.where(contains('acls.name', filter.name))
  const { rows, total } = await readPage(reader, 'acls', matches, filter)
  const etag = etagOfAcls(await aclsOf(reader, frontend.id))
  const embedded = await loadFrontendView(ctx, reader, frontend.id)
  return {
    value: { acls: rows.map((row) => aclView(row, embedded)), total_count: total },
    etag,
  }
}
