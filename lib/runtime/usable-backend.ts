import { isCookieName } from '#lib/core/backend.ts'
import { formatAuthority, parseAuthority, parseRouteHost } from '#lib/core/host.ts'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { invalidCheckReason } from './health/start-check.ts'

/**
 * A backend without the settings that can't be applied, and one sentence about each of those. The API refuses such settings,
 * but configurations from before it did, in the database or on this node's disk, may have them.
 */
export function usableBackend(desired: DesiredBackend): {
  config: DesiredBackend
  problems: string[]
} {
  const { name, sticky, health_check, host, failover_host } = desired
  const problems: string[] = []
  const why = invalidCheckReason(health_check)
  if (why !== null) {
    problems.push(`The health check of backend "${name}" can't run: ${why}. Correct it.`)
  }
  const config = { ...desired }
  if (sticky.type === 'cookie' && !isCookieName(sticky.name)) {
    config.sticky = { type: 'none' }
    problems.push(`Backend "${name}" has no sticky sessions: its cookie name is invalid.`)
  }
  if (host !== null) {
    const authority = parseAuthority(host)
    config.host = authority && formatAuthority(authority)
    if (authority === null) {
      problems.push(
        `Backend "${name}" passes the client's Host on: the configured host is not a host name.`,
      )
    }
  }
  if (failover_host !== null) {
    config.failover_host = parseRouteHost(failover_host)
    if (config.failover_host === null) {
      problems.push(
        `Backend "${name}" has no failover host: the configured one is not a host name.`,
      )
    }
  }
  return { config, problems }
}
