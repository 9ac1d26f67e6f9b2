import type { MiddlewareHandler } from 'hono'
import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'
import { originOf } from './client-address.ts'
import type { Environment, Http, Services } from './environment.ts'

export const UNKNOWN_ACTOR: AuditLine['actor'] = { kind: 'unknown', name: '' }

/** An account by its email, as the audit log names it. */
export const accountActor = (email: string): AuditLine['actor'] => ({
  kind: 'account',
  name: email,
})

/** Returns a function that writes an event of this request to the audit log. `actor` defaults to the caller. */
export function auditWriter(http: Http, services: Services) {
  return (event: AuditEvent, more: { actor?: AuditLine['actor']; detail?: string } = {}): void => {
    const { actor = http.get('actor') ?? UNKNOWN_ACTOR, detail = null } = more
    services.context.audit.write({
      event,
      actor: { kind: actor.kind, name: actor.name },
      detail,
      ...originOf(http, services),
    })
  }
}

/** Routes that audit wrong passwords themselves. */
const SELF_AUDITED = /^\/fairlead\/v1\/(session|account\/password)$/

const hasCredentials = ({ req }: Http) =>
  req.header('x-auth-token') !== undefined || req.header('authorization') !== undefined

/** Audits 401 for invalid credentials and 403. A request without credentials is not audited. */
export function auditDenials(services: Services): MiddlewareHandler<Environment> {
  return async (http, next) => {
    await next()
    const { status } = http.res
    if (status !== 401 && status !== 403) return
    const { method, path } = http.req
    const isSelfAudited = method === 'POST' && SELF_AUDITED.test(path)
    if (status === 401 && (!hasCredentials(http) || isSelfAudited)) return
    auditWriter(http, services)('denied', { detail: `${method} ${path}` })
  }
}
