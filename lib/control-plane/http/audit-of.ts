import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'
import { originOf } from './client-address.ts'
import type { Http, Services } from './environment.ts'

export const NOBODY: AuditLine['actor'] = { kind: 'unknown', name: '' }

/** An account by its email, as the audit names it. */
export const accountNamed = (email: string): AuditLine['actor'] => ({
  kind: 'account',
  name: email,
})

/** Writes an event of a request down; `actor` is who asks where that is left out. */
export function auditOf(http: Http, services: Services) {
  return (event: AuditEvent, more: { actor?: AuditLine['actor']; detail?: string } = {}): void => {
    const { actor = http.get('actor') ?? NOBODY, detail = null } = more
    services.context.audit.write({
      event,
      actor: { kind: actor.kind, name: actor.name },
      detail,
      ...originOf(http, services),
    })
  }
}
