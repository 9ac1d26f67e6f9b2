import type { Reader } from './reader.ts'
import type { BackendRow, CertificateRow, FrontendRow, RouteRow } from './tables.ts'

const BACKEND_COLUMNS = [
  'id',
  'name',
  'servers',
  'forward_protocol',
  'sticky_sessions',
  'sticky_sessions_cookie_name',
  'failover_host',
  'host',
  'ssl_bridging',
] as const

/** The columns of a load balancer's rules from which its health and its problems are computed. */
export type Rules = {
  backends: Pick<BackendRow, (typeof BACKEND_COLUMNS)[number]>[]
  frontends: Pick<FrontendRow, 'id' | 'name' | 'backend_id' | 'enable_http3'>[]
  routes: Pick<RouteRow, 'frontend_id' | 'backend_id'>[]
  /** Imported certificates that have expired. */
  expired: Pick<CertificateRow, 'id' | 'name' | 'not_valid_after'>[]
}

export const NO_RULES: Rules = { backends: [], frontends: [], routes: [], expired: [] }

/** Loads the rules of load balancers with a fixed number of queries. */
export async function loadRules(reader: Reader, lbIds: string[]): Promise<Map<string, Rules>> {
  // In the format of `not_valid_after`.
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const [backends, frontends, routes, expired] = await Promise.all([
    reader
      .selectFrom('backends')
      .select(['lb_id', ...BACKEND_COLUMNS])
      .where('lb_id', 'in', lbIds)
      .orderBy('created_at')
      .execute(),
    reader
      .selectFrom('frontends')
      .select(['id', 'lb_id', 'name', 'backend_id', 'enable_http3'])
      .where('lb_id', 'in', lbIds)
      .orderBy('created_at')
      .execute(),
    reader
      .selectFrom('routes')
      .select(['lb_id', 'frontend_id', 'backend_id'])
      .where('lb_id', 'in', lbIds)
      .execute(),
    reader
      .selectFrom('certificates')
      .select(['id', 'lb_id', 'name', 'not_valid_after'])
      .where('lb_id', 'in', lbIds)
      .where('type', '=', 'custom')
      .where('not_valid_after', '<=', now)
      .orderBy('created_at')
      .execute(),
  ])
  const backendsOf = Map.groupBy(backends, ({ lb_id }) => lb_id)
  const frontendsOf = Map.groupBy(frontends, ({ lb_id }) => lb_id)
  const routesOf = Map.groupBy(routes, ({ lb_id }) => lb_id)
  const expiredOf = Map.groupBy(expired, ({ lb_id }) => lb_id)
  return new Map(
    lbIds.map((id) => [
      id,
      {
        backends: backendsOf.get(id) ?? [],
        frontends: frontendsOf.get(id) ?? [],
        routes: routesOf.get(id) ?? [],
        expired: expiredOf.get(id) ?? [],
      },
    ]),
  )
}
