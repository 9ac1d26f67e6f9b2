import { AUDIT_EVENTS, type AuditLine, type ListAudit } from '#lib/core/audit.ts'

export const DENIALS = [
  'login_failed',
  'held_off',
  'password_wrong',
  'link_refused',
  'denied',
] as const
export const LOGINS = AUDIT_EVENTS.filter((event) => event !== 'denied')

/** Whether a line is of a kind that is asked for. */
export function isOfKind({ event }: AuditLine, kind: ListAudit['kind']): boolean {
  if (kind === undefined) return true
  if (event === 'change') return kind === 'changes'
  if (kind === 'changes') return false
  return (kind === 'logins' ? LOGINS : DENIALS).some((one) => one === event)
}
