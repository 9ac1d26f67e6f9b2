import type { Backend } from '#lib/core/backend.ts'
import { checkKindOf } from '#lib/core/check-kind.ts'
import type { HealthCheck } from '#lib/core/health-check.ts'
import { CHECK_NAMES, PROXY_NAMES, STICKY_NAMES } from '../backend-options.ts'

/** Shown where a setting does not apply. */
const NOT_APPLICABLE = '–'

function optionOf(check: HealthCheck): string {
  const http = check.http_config ?? check.https_config
  if (http) return `${http.method} ${http.uri} gives ${http.code}`
  return check.mysql_config?.user ?? check.pgsql_config?.user ?? NOT_APPLICABLE
}

/** The texts of a backend's row. */
export function backendText(backend: Backend) {
  const { health_check: check, sticky_sessions: sticky } = backend
  const cookie = sticky === 'cookie' ? backend.sticky_sessions_cookie_name : ''
  return {
    protocol: backend.forward_protocol.toUpperCase(),
    proxy: PROXY_NAMES[backend.proxy_protocol],
    check: CHECK_NAMES[checkKindOf(check)],
    checkOption: optionOf(check),
    sticky: STICKY_NAMES[sticky],
    cookie: cookie || NOT_APPLICABLE,
  }
}
