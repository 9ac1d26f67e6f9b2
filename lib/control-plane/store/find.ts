import { notFound } from '../errors.ts'
import { inScope, type Scope } from '../scope.ts'
import type { Reader } from './reader.ts'
import type {
  AclRow,
  BackendRow,
  CertificateRow,
  FrontendRow,
  IpRow,
  LbRow,
  RouteRow,
  SubscriberRow,
} from './tables.ts'

/** A load balancer in any region. @throws ApiError 404 */
export async function findLbAnywhere(reader: Reader, id: string): Promise<LbRow> {
  const query = reader.selectFrom('lbs').selectAll().where('id', '=', id.toLowerCase())
  const lb = await query.executeTakeFirst()
  if (!lb) throw notFound('lb')
  return lb
}

/** A load balancer in the URL's scope. @throws ApiError 404 */
export async function findLb(reader: Reader, scope: Scope, id: string): Promise<LbRow> {
  const lb = await findLbAnywhere(reader, id)
  if (!inScope(lb, scope)) throw notFound('lb')
  return lb
}

/** An IP in the URL's scope. @throws ApiError 404 */
export async function findIp(reader: Reader, scope: Scope, id: string): Promise<IpRow> {
  const query = reader.selectFrom('ips').selectAll().where('id', '=', id.toLowerCase())
  const ip = await query.executeTakeFirst()
  if (!ip || !inScope(ip, scope)) throw notFound('ip')
  return ip
}

/** A backend in the URL's scope, with its load balancer. @param known the load balancer, if it was read before @throws ApiError 404 */
export async function findBackend(
  reader: Reader,
  scope: Scope,
  id: string,
  known?: LbRow,
): Promise<{ backend: BackendRow; lb: LbRow }> {
  const query = reader.selectFrom('backends').selectAll().where('id', '=', id.toLowerCase())
  const backend = await query.executeTakeFirst()
  const lb = backend && (await lbOf(reader, backend, known))
  if (!backend || !lb || !inScope(lb, scope)) throw notFound('backend')
  return { backend, lb }
}

/** A frontend in the URL's scope, with its load balancer. @param known the load balancer, if it was read before @throws ApiError 404 */
export async function findFrontend(
  reader: Reader,
  scope: Scope,
  id: string,
  known?: LbRow,
): Promise<{ frontend: FrontendRow; lb: LbRow }> {
  const query = reader.selectFrom('frontends').selectAll().where('id', '=', id.toLowerCase())
  const frontend = await query.executeTakeFirst()
  const lb = frontend && (await lbOf(reader, frontend, known))
  if (!frontend || !lb || !inScope(lb, scope)) throw notFound('frontend')
  return { frontend, lb }
}

/** A route in the URL's scope, with its load balancer. @param known the load balancer, if it was read before @throws ApiError 404 */
export async function findRoute(
  reader: Reader,
  scope: Scope,
  id: string,
  known?: LbRow,
): Promise<{ route: RouteRow; lb: LbRow }> {
  const query = reader.selectFrom('routes').selectAll().where('id', '=', id.toLowerCase())
  const route = await query.executeTakeFirst()
  const lb = route && (await lbOf(reader, route, known))
  if (!route || !lb || !inScope(lb, scope)) throw notFound('route')
  return { route, lb }
}

/** An ACL in the URL's scope, with its load balancer. @param known the load balancer, if it was read before @throws ApiError 404 */
export async function findAcl(
  reader: Reader,
  scope: Scope,
  id: string,
  known?: LbRow,
): Promise<{ acl: AclRow; lb: LbRow }> {
  const query = reader.selectFrom('acls').selectAll().where('id', '=', id.toLowerCase())
  const acl = await query.executeTakeFirst()
  const lb = acl && (await lbOf(reader, acl, known))
  if (!acl || !lb || !inScope(lb, scope)) throw notFound('acl')
  return { acl, lb }
}

/** A certificate in the URL's scope, with its load balancer. @throws ApiError 404 */
export async function findCertificate(
  reader: Reader,
  scope: Scope,
  id: string,
): Promise<{ certificate: CertificateRow; lb: LbRow }> {
  const query = reader.selectFrom('certificates').selectAll().where('id', '=', id.toLowerCase())
  const certificate = await query.executeTakeFirst()
  const lb = certificate && (await findLbAnywhere(reader, certificate.lb_id))
  if (!certificate || !lb || !inScope(lb, scope)) throw notFound('certificate')
  return { certificate, lb }
}

/** A subscriber in any region. @throws ApiError 404 */
export async function findSubscriberAnywhere(reader: Reader, id: string): Promise<SubscriberRow> {
  const query = reader.selectFrom('subscribers').selectAll().where('id', '=', id.toLowerCase())
  const subscriber = await query.executeTakeFirst()
  if (!subscriber) throw notFound('subscriber')
  return subscriber
}

/** A subscriber in the URL's scope. @throws ApiError 404 */
export async function findSubscriber(
  reader: Reader,
  scope: Scope,
  id: string,
): Promise<SubscriberRow> {
  const subscriber = await findSubscriberAnywhere(reader, id)
  if (!inScope(subscriber, scope)) throw notFound('subscriber')
  return subscriber
}

async function lbOf(
  reader: Reader,
  { lb_id }: { lb_id: string },
  known: LbRow | undefined,
): Promise<LbRow> {
  return known?.id === lb_id ? known : findLbAnywhere(reader, lb_id)
}
