import type { Writer } from '../store/reader.ts'
import type { Entry } from './change.ts'

/** Deletes the routes and ACLs of one frontend or of all frontends of a load balancer. @returns their history entries */
export async function deleteUnder(
  writer: Writer,
  column: 'frontend_id' | 'lb_id',
  id: string,
): Promise<Entry[]> {
  const routes = await writer.deleteFrom('routes').where(column, '=', id).returningAll().execute()
  const acls = await writer.deleteFrom('acls').where(column, '=', id).returningAll().execute()
  return [...routes.map((row) => deleted('route', row)), ...acls.map((row) => deleted('acl', row))]
}

/** The history entry of a deleted row. */
export function deleted(type: Entry['type'], row: { id: string }): Entry {
  return { verb: 'delete', type, id: row.id, before: row, after: null }
}
