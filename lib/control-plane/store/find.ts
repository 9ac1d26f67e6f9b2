import { notFound } from '../errors.ts'
import { inScope, type Scope } from '../scope.ts'
import type { Reader } from './store.ts'
import type { BackendRow, FrontendRow, IpRow, LbRow } from './tables.ts'

/** A load balancer wherever it is. @throws ApiError 404 */
export async function findLbAnywhere(reader: Reader, id: string): Promise<LbRow> {
  const query = reader.selectFrom('lbs').selectAll().where('id', '=', id.toLowerCase())
  const lb = await query.executeTakeFirst()
  if (!lb) throw notFound('lb')
  return lb
}

/** A load balancer that the URL reaches. @throws ApiError 404 */
export async function findLb(reader: Reader, scope: Scope, id: string): Promise<LbRow> {
  const lb = await findLbAnywhere(reader, id)
  if (!inScope(lb, scope)) throw notFound('lb')
  return lb
}

/** An IP that the URL reaches. @throws ApiError 404 */
export async function findIp(reader: Reader, scope: Scope, id: string): Promise<IpRow> {
  const query = reader.selectFrom('ips').selectAll().where('id', '=', id.toLowerCase())
  const ip = await query.executeTakeFirst()
  if (!ip || !inScope(ip, scope)) throw notFound('ip')
  return ip
}

/** A backend that the URL reaches, with its load balancer. @throws ApiError 404 */
export async function findBackend(
  reader: Reader,
  scope: Scope,
  id: string,
): Promise<{ backend: BackendRow; lb: LbRow }> {
  const query = reader.selectFrom('backends').selectAll().where('id', '=', id.toLowerCase())
  const backend = await query.executeTakeFirst()
  const lb = backend && (await findLbAnywhere(reader, backend.lb_id))
  if (!backend || !lb || !inScope(lb, scope)) throw notFound('backend')
  return { backend, lb }
}

/** A frontend that the URL reaches, with its load balancer. @throws ApiError 404 */
export async function findFrontend(
  reader: Reader,
  scope: Scope,
  id: string,
): Promise<{ frontend: FrontendRow; lb: LbRow }> {
  const query = reader.selectFrom('frontends').selectAll().where('id', '=', id.toLowerCase())
  const frontend = await query.executeTakeFirst()
  const lb = frontend && (await findLbAnywhere(reader, frontend.lb_id))
  if (!frontend || !lb || !inScope(lb, scope)) throw notFound('frontend')
  return { frontend, lb }
}
