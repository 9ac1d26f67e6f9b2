import { LB_RULE_VALUES_MAX } from '#lib/core/matching-limits.ts'
import { LB_RULES_MAX, LB_SERVERS_MAX, REQUEST_RULES_MAX } from '#lib/core/size-limits.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { lbReport, NO_BACKEND_COUNTS, NO_COUNTS, NO_FRONTEND_COUNTS, server } from './reports.ts'
import { backendInput } from './running-control-plane.ts'

/** The number of servers of the first four backends. */
export const LARGE_POOL = 1000
const LARGE_POOLS = 4

/** The longest form of an IPv6 address. */
export const address = (at: number) =>
  `fd12:3456:789a:bcde:f012:3456:${(0x1000 + (at >> 12)).toString(16)}:${(0x1000 + (at & 4095)).toString(16)}`
export const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => address(from + at))

const NAME = 'n'.repeat(200)
export const longName = (at: number) => `${NAME} ${at}`
export const TAGS = Array.from({ length: 50 }, (_, at) => `${'t'.repeat(120)}-${at}`)

/** The servers of each backend of the largest load balancer: 1,000 in each of the first four backends, one in each other. */
export function poolOf(at: number): string[] {
  if (at < LARGE_POOLS) return addresses(LARGE_POOL, at * LARGE_POOL)
  const of = LARGE_POOLS * LARGE_POOL + at
  return of < LB_SERVERS_MAX ? [address(of)] : []
}

/** The largest body of `POST lbs`. */
export function largestLb() {
  const each = LB_SERVERS_MAX / REQUEST_RULES_MAX
  return {
    name: longName(0),
    tags: TAGS,
    backends: Array.from({ length: REQUEST_RULES_MAX }, (_, at) =>
      backendInput({ name: longName(at), server_ip: addresses(each, at * each) }),
    ),
    frontends: Array.from({ length: REQUEST_RULES_MAX }, (_, at) => ({
      ...{ name: longName(at), inbound_port: 1 + at, backend: longName(at) },
    })),
  }
}

/** The body of `PUT acls` with the most addresses that a load balancer may have. */
export function largestAcls() {
  const each = LB_RULE_VALUES_MAX / 200
  const subnet = (at: number) => `10.${(at >> 14) & 255}.${(at >> 6) & 255}.${(at & 63) * 4}/30`
  return {
    acls: Array.from({ length: 200 }, (_, at) => ({
      name: longName(at),
      description: 'd'.repeat(1000),
      index: at,
      action: { type: 'deny' },
      match: {
        ip_subnet: Array.from({ length: each }, (_, one) => subnet(at * each + one)),
        http_filter: 'acl_http_filter_none',
      },
    })),
  }
}

/** A node's report of such a load balancer. */
export function fullReport(
  lbId: string,
  generation: number,
  backends: { id: string; servers: string[] }[],
  frontends: { id: string; port: number }[],
  round: number,
): LbReport {
  const latency = Array.from({ length: 40 }, (_, at) => at + round)
  const counted = { ...NO_COUNTS, requests_total: round * 1000, latency }
  const each = <T>(ids: string[], value: T) => Object.fromEntries(ids.map((id) => [id, value]))
  const servers = backends.flatMap(({ id, servers: all }) =>
    all.map((one) => server(id, one, 'up')),
  )
  return lbReport({
    lb_id: lbId,
    generation,
    active: true,
    active_since: new Date().toISOString(),
    listeners: frontends.map(({ id, port }) => ({
      ...{ frontend_id: id, port, state: 'listening' as const, problem: null },
    })),
    servers,
    counters: counted,
    frontend_counters: each(
      frontends.map(({ id }) => id),
      { ...NO_FRONTEND_COUNTS, ...counted },
    ),
    backend_counters: each(
      backends.map(({ id }) => id),
      { ...NO_BACKEND_COUNTS, ...counted },
    ),
    server_counters: each(
      servers.map((one) => `${one.backend_id}/${one.address}`),
      counted,
    ),
  })
}

/** The number of copies of one rule that a load balancer has room for. */
export const COPIES = LB_RULES_MAX - 1
