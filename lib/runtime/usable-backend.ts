import type { DesiredBackend } from '#lib/config/desired.ts'
import { isCookieName } from '#lib/core/backend.ts'
import { whyUnusable } from './health/start-check.ts'

/**
 * A backend as it can be carried out, and what of it can't be, in sentences. What is saved is looked at before; this is
 * for configurations that are older than a rule, on this node's disk or in the database.
 */
export function usableBackend(desired: DesiredBackend): {
  config: DesiredBackend
  problems: string[]
} {
  const { name, sticky, health_check } = desired
  const problems: string[] = []
  const why = whyUnusable(health_check)
  if (why !== null) {
    problems.push(`The health check of backend "${name}" can't be made: ${why}. Save it anew.`)
  }
  if (sticky.type !== 'cookie' || isCookieName(sticky.name)) return { config: desired, problems }
  problems.push(
    `Backend "${name}" has no sticky sessions: no cookie can have the name that it asks for.`,
  )
  return { config: { ...desired, sticky: { type: 'none' } }, problems }
}
