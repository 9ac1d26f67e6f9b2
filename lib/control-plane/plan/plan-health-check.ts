import { checkKindOf } from '#lib/core/check-kind.ts'
import { parseDuration } from '#lib/core/duration-text.ts'
import type { HealthCheck } from '#lib/core/health-check.ts'
import type { DesiredCheckKind, DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import { DEFAULTS } from './defaults.ts'

/** @param host the backend's host, for HTTP checks without a `host_header` */
export function planHealthCheck(check: HealthCheck, host: string): DesiredHealthCheck {
  const transient = check.transient_check_delay && parseDuration(check.transient_check_delay)
  return {
    kind: planKind(check, host),
    port: check.port,
    delay: check.check_delay || DEFAULTS.checkDelay,
    transient_delay: transient || DEFAULTS.transientCheckDelay,
    timeout: check.check_timeout || DEFAULTS.checkTimeout,
    retries: check.check_max_retries,
    send_proxy: check.check_send_proxy,
  }
}

function planKind(check: HealthCheck, host: string): DesiredCheckKind {
  const { http_config: http, https_config: https } = check
  const { mysql_config: mysql, pgsql_config: pgsql } = check
  if (http) return { type: 'http', ...planHttp(http, host) }
  if (https) return { type: 'https', ...planHttp(https, host), sni: https.sni }
  if (mysql) return { type: 'mysql', user: mysql.user }
  if (pgsql) return { type: 'pgsql', user: pgsql.user }
  const kind = checkKindOf(check)
  return { type: kind === 'redis' || kind === 'ldap' ? kind : 'tcp' }
}

type HttpConfig = { method: string; uri: string; code: number; host_header: string }

function planHttp({ method, uri, code, host_header }: HttpConfig, host: string) {
  return { method, uri, code, host: host_header || host }
}
