import type { Backend, ProxyProtocol, StickySessions } from '#lib/core/backend.ts'
import { type CheckKind, checkKindOf, type HealthCheck } from '#lib/core/health-check.ts'

const PROXY: Record<ProxyProtocol, string> = {
  proxy_protocol_unknown: 'None',
  proxy_protocol_none: 'None',
  proxy_protocol_v1: 'v1',
  proxy_protocol_v2: 'v2',
  proxy_protocol_v2_ssl: 'v2 SSL',
  proxy_protocol_v2_ssl_cn: 'v2 SSL CN',
}

const CHECKS: Record<CheckKind, string> = {
  tcp: 'TCP',
  http: 'HTTP',
  https: 'HTTPS',
  mysql: 'MySQL',
  pgsql: 'PostgreSQL',
  redis: 'Redis',
  ldap: 'LDAP',
}

const STICKY: Record<StickySessions, string> = { none: 'None', cookie: 'Cookie', table: 'Table' }

/** Where a kind of check has nothing to set. */
const NOTHING = '–'

function optionOf(check: HealthCheck): string {
  const http = check.http_config ?? check.https_config
  if (http) return `${http.method} ${http.uri} gives ${http.code}`
  return check.mysql_config?.user ?? check.pgsql_config?.user ?? NOTHING
}

/** A backend's settings as its row shows them. */
export function backendWords(backend: Backend) {
  const { health_check: check, sticky_sessions: sticky } = backend
  const cookie = sticky === 'cookie' ? backend.sticky_sessions_cookie_name : ''
  return {
    protocol: backend.forward_protocol.toUpperCase(),
    proxy: PROXY[backend.proxy_protocol],
    check: CHECKS[checkKindOf(check)],
    checkOption: optionOf(check),
    sticky: STICKY[sticky],
    cookie: cookie || NOTHING,
  }
}
