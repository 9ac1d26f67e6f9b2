import type { Reader } from './reader.ts'
import type { BackendRow, CertificateRow, FrontendRow } from './tables.ts'

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

/** The columns of a load balancer's rules from which its problems are computed. */
export type Rules = {
  backends: Pick<BackendRow, (typeof BACKEND_COLUMNS)[number]>[]
  frontends: Pick<FrontendRow, 'id' | 'name' | 'enable_http3'>[]
  /** Imported certificates that have expired. */
  expired: Pick<CertificateRow, 'name' | 'not_valid_after'>[]
}

export const NO_RULES: Rules = { backends: [], frontends: [], expired: [] }

/** Loads the rules of load balancers with a fixed number of queries. */
export async function loadRules(reader: Reader, lbIds: string[]): Promise<Map<string, Rules>> {
  // In the format of `not_valid_after`.
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const [backends, frontends, expired] = await Promise.all([
    reader
      .selectFrom('backends')
      .select(['lb_id', ...BACKEND_COLUMNS])
      .where('lb_id', 'in', lbIds)
      .orderBy('created_at')
      .execute(),
    reader
      .selectFrom('frontends')
      .select(['id', 'lb_id', 'name', 'enable_http3'])
      .where('lb_id', 'in', lbIds)
      .orderBy('created_at')
      .execute(),
    reader
      .selectFrom('certificates')
      .select(['lb_id', 'name', 'not_valid_after'])
      .where('lb_id', 'in', lbIds)
      .where('type', '=', 'custom')
      .where('not_valid_after', '<=', now)
      .orderBy('created_at')
      .execute(),
  ])
  const backendsOf = Map.groupBy(backends, ({ lb_id }) => lb_id)
  const frontendsOf = Map.groupBy(frontends, ({ lb_id }) => lb_id)
  const expiredOf = Map.groupBy(expired, ({ lb_id }) => lb_id)
  return new Map(
    lbIds.map((id) => [
      id,
      {
        backends: backendsOf.get(id) ?? [],
        frontends: frontendsOf.get(id) ?? [],
        expired: expiredOf.get(id) ?? [],
      },
    ]),
  )
}
