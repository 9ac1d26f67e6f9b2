import type { LbState } from '#lib/core/restore.ts'
import type { LbRow } from '../../store/tables.ts'
import { backendFields } from '../../views/backend-view.ts'
import { routeView } from '../../views/route-view.ts'
import type { CallWith } from '../call.ts'
import { rowNumber } from '../row-number.ts'
import { stateAfter } from './lb-state.ts'

/** The state of a load balancer right after a change, even if it is deleted now. */
export async function getLbState({
  ctx,
  id,
  params,
}: CallWith<'id' | 'params', 'store'>): Promise<LbState> {
  const changeId = rowNumber(params.change_id)
  const { change, rows } = await stateAfter(ctx.store.reader, id.toLowerCase(), changeId)
  return {
    change_id: change.id,
    at: change.at,
    lb: rows.lb && ownFields(rows.lb),
    backends: rows.backends.map(backendFields),
    frontends: rows.frontends.map(({ lb_id: _lb, ...frontend }) => frontend),
    routes: rows.routes.map(routeView),
    acls: rows.acls.map(({ lb_id: _lb, ...acl }) => acl),
  }
}

function ownFields(row: LbRow): NonNullable<LbState['lb']> {
  const { id, name, description, type, tags, ssl_compatibility_level } = row
  const { region, zone, organization_id, project_id, created_at, updated_at } = row
  return {
    ...{ id, name, description, type, tags, ssl_compatibility_level },
    ...{ region, zone, organization_id, project_id, created_at, updated_at },
  }
}
