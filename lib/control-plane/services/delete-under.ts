import type { Writer } from '../store/store.ts'
import type { Entry } from './change.ts'

/** Deletes the routes and ACLs of a frontend, or of all of a load balancer's. @returns the lines of the history */
export async function deleteUnder(
  writer: Writer,
  column: 'frontend_id' | 'lb_id',
  id: string,
): Promise<Entry[]> {
  const routes = await writer.deleteFrom('routes').where(column, '=', id).returningAll().execute()
  const acls = await writer.deleteFrom('acls').where(column, '=', id).returningAll().execute()
  return [...routes.map((row) => deleted('route', row)), ...acls.map((row) => deleted('acl', row))]
}

/** The line of the history for a row that is gone. */
export function deleted(type: Entry['type'], row: { id: string }): Entry {
  return { verb: 'delete', type, id: row.id, before: row, after: null }
}
