import type { DesiredBackend } from '#lib/config/desired.ts'
import { isCookieName } from '#lib/core/backend.ts'
import { parseRouteHost } from '#lib/core/host.ts'
import { whyUnusable } from './health/start-check.ts'

/**
 * A backend as it can be carried out, and what of it can't be, in sentences. What is saved is looked at before; this is
 * for configurations that are older than a rule, on this node's disk or in the database.
 */
export function usableBackend(desired: DesiredBackend): {
  config: DesiredBackend
  problems: string[]
} {
  const { name, sticky, health_check, failover_host } = desired
  const problems: string[] = []
  const why = whyUnusable(health_check)
  if (why !== null) {
    problems.push(`The health check of backend "${name}" can't be made: ${why}. Save it anew.`)
  }
  const config = { ...desired }
  if (sticky.type === 'cookie' && !isCookieName(sticky.name)) {
    config.sticky = { type: 'none' }
    problems.push(
      `Backend "${name}" has no sticky sessions: no cookie can have the name that it asks for.`,
    )
  }
  if (failover_host !== null) {
    config.failover_host = parseRouteHost(failover_host)
    if (config.failover_host === null) {
      problems.push(`Backend "${name}" has no failover host: the one that it names is no host.`)
    }
  }
  return { config, problems }
}
