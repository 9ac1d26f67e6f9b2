import type { Algorithm, ProxyProtocol, StickySessions } from '#lib/core/backend.ts'
import type { CheckKind } from '#lib/core/check-kind.ts'
import { PROTOCOLS } from '#lib/core/protocols.ts'

/** The names of a backend's settings, in its row and as options of its inputs. */

export const PROXY_NAMES: Record<ProxyProtocol, string> = {
  proxy_protocol_unknown: 'None',
  proxy_protocol_none: 'None',
  proxy_protocol_v1: 'PROXY v1',
  proxy_protocol_v2: 'PROXY v2',
  proxy_protocol_v2_ssl: 'PROXY v2 with SSL',
  proxy_protocol_v2_ssl_cn: 'PROXY v2 with SSL and CN',
}

export const CHECK_NAMES: Record<CheckKind, string> = {
  tcp: 'TCP',
  http: 'HTTP',
  https: 'HTTPS',
  mysql: 'MySQL',
  pgsql: 'PostgreSQL',
  redis: 'Redis',
  ldap: 'LDAP',
}

export const STICKY_NAMES: Record<StickySessions, string> = {
  none: 'None',
  cookie: 'Cookie',
  table: 'Table',
}

export const ALGORITHM_NAMES: Record<Algorithm, string> = {
  roundrobin: 'Round robin',
  leastconn: 'Least connections',
  first: 'First available',
}

/** The protocols as options of a select. */
export const PROTOCOL_OPTIONS = PROTOCOLS.map((value) => ({ value, label: value.toUpperCase() }))

/** The options of a select. @param leftOut values that it does not offer */
export function optionsOf<Value extends string>(
  names: Record<Value, string>,
  leftOut: readonly Value[] = [],
): { value: Value; label: string }[] {
  return Object.entries<string>(names)
    .map(([value, label]) => ({ value: value as Value, label }))
    .filter(({ value }) => !leftOut.includes(value))
}
