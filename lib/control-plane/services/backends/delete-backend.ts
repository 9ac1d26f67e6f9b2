import { routeKind } from '#lib/core/route-kind.ts'
import { preconditionFailed } from '../../errors.ts'
import { findBackend } from '../../store/find.ts'
import type { Reader } from '../../store/reader.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Deletes a backend. @throws ApiError 412 while a frontend or a route uses it */
export async function deleteBackend({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  const { lb } = await findBackend(ctx.store.reader, scope, id)
  await changeLb(ctx, lb.id, async (writer) => {
    const { backend } = await findBackend(writer, scope, id, lb)
    await requireMatch(writer, ifMatch, etagOf(backend), backend.id)
    const frontends = await writer
      .selectFrom('frontends')
      .select('name')
      .where('backend_id', '=', backend.id)
      .orderBy('created_at')
      .execute()
    if (frontends.length > 0) throw stillInUse(frontends.map(({ name }) => name))
    await requireNoRoutes(writer, backend.id)
    await writer.deleteFrom('backends').where('id', '=', backend.id).execute()
    return {
      entries: [{ verb: 'delete', type: 'backend', id: backend.id, before: backend, after: null }],
      result: async () => undefined,
    }
  })
}

async function requireNoRoutes(reader: Reader, backendId: string): Promise<void> {
  const routes = await reader
    .selectFrom('routes')
    .innerJoin('frontends', 'frontends.id', 'routes.frontend_id')
    .select(['routes.match', 'frontends.name'])
    .where('routes.backend_id', '=', backendId)
    .execute()
  if (routes.length === 0) return
  const named = routes.map(({ match, name }) => `${routeKind(match).value} (frontend "${name}")`)
  const help = `The backend is used by the routes for ${named.join(', ')}. Delete or change them first.`
  throw preconditionFailed('resource_still_in_use', help)
}

function stillInUse(frontends: string[]) {
  const named = frontends.map((name) => `"${name}"`).join(', ')
  const which = frontends.length === 1 ? `frontend ${named}` : `frontends ${named}`
  const help = `The backend is used by ${which}. Delete or change ${frontends.length === 1 ? 'it' : 'them'} first.`
  return preconditionFailed('resource_still_in_use', help)
}
