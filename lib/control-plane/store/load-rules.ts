import type { Reader } from './store.ts'
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

/** As much of a load balancer's rules as its problems are worked out from. */
export type Rules = {
  backends: Pick<BackendRow, (typeof BACKEND_COLUMNS)[number]>[]
  frontends: Pick<FrontendRow, 'id' | 'name' | 'enable_http3'>[]
  /** Imported ones that have expired. */
  expired: Pick<CertificateRow, 'name' | 'not_valid_after'>[]
}

export const NO_RULES: Rules = { backends: [], frontends: [], expired: [] }

/** The rules of each of these load balancers: three queries, however many there are. */
export async function loadRules(reader: Reader, lbIds: string[]): Promise<Map<string, Rules>> {
  // As `not_valid_after` is written.
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
