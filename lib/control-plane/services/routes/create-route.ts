import { CreateRoute, type Route } from '#lib/core/route.ts'
import { invalidField, refuseProblems } from '../../errors.ts'
import { createScope, inScope, type Scope } from '../../scope.ts'
import type { Reader } from '../../store/reader.ts'
import type { FrontendRow, LbRow } from '../../store/tables.ts'
import { routeView } from '../../views/route-view.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { newRouteRow } from '../rules/new-rows.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { routeProblems } from './route-problems.ts'

/** Adds a route to the frontend that the request names. */
export async function createRoute({
  ctx,
  scope,
  input,
}: CallWith<'scope' | 'input', Write>): Promise<Versioned<Route>> {
  createScope(scope)
  const request = parseInput(CreateRoute, input)
  const { lb } = await requestedFrontend(ctx.store.reader, scope, request.frontend_id)
  return changeLb(ctx, lb.id, async (writer) => {
    const { frontend } = await requestedFrontend(writer, scope, request.frontend_id)
    refuseProblems(await routeProblems(writer, frontend, null, request))
    const row = newRouteRow(frontend, request)
    await writer.insertInto('routes').values(row).execute()
    return {
      entries: [{ verb: 'create', type: 'route', id: row.id, before: null, after: row }],
      result: async () => ({ value: routeView(row), etag: etagOf(row) }),
    }
  })
}

/** The frontend that the request names. @throws ApiError 400 */
async function requestedFrontend(
  reader: Reader,
  scope: Scope,
  id: string,
): Promise<{ frontend: FrontendRow; lb: LbRow }> {
  const frontend = await reader
    .selectFrom('frontends')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  const lb =
    frontend &&
    (await reader.selectFrom('lbs').selectAll().where('id', '=', frontend.lb_id).executeTakeFirst())
  if (frontend && lb && inScope(lb, scope)) return { frontend, lb }
  throw invalidField('frontend_id', `There is no frontend ${id} in ${scope.zone ?? scope.region}.`)
}
