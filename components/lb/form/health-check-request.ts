import type * as z from 'zod'
import type { HealthCheckInput } from '#lib/core/health-check.ts'
import type { CheckValues } from './backend-values.ts'
import { durationOf, numberOf, required, unsetOr } from './typed-numbers.ts'

/** The chosen kind's options, and no other's. */
function configOf(check: CheckValues) {
  const { kind, uri, host, sni, user } = check
  const http = {
    uri,
    method: check.method,
    code: numberOf(check.code),
    host_header: host.trim(),
  }
  switch (kind) {
    case 'http':
      return { http_config: http }
    case 'https':
      return { https_config: { ...http, sni: sni.trim() } }
    case 'mysql':
    case 'pgsql':
      return { [`${kind}_config`]: { user } }
    default:
      return { [`${kind}_config`]: {} }
  }
}

/** A health check as the API takes it. `port` is the backend's, for a check without one of its own. */
export function checkRequest(check: CheckValues, port: string): z.input<typeof HealthCheckInput> {
  return {
    port: required(check.port.trim() === '' ? port : check.port),
    check_delay: unsetOr(check.delay),
    check_timeout: unsetOr(check.timeout),
    check_max_retries: required(check.retries),
    check_send_proxy: check.sendProxy,
    transient_check_delay: durationOf(check.transientDelay),
    ...configOf(check),
  }
}
