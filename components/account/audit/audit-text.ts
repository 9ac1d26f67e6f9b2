import { actorName, describeChange } from '#components/lb/history/change-text.ts'
import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'

/** Each event as a predicate, and whether it is a denial. */
const EVENTS: Record<AuditEvent, { text: string; denial: boolean }> = {
  login: { text: 'logged in', denial: false },
  login_failed: { text: 'failed to log in', denial: true },
  held_off: { text: 'was throttled after too many wrong passwords', denial: true },
  logout: { text: 'logged out', denial: false },
  session_ended: { text: 'ended a session', denial: false },
  password_changed: { text: 'changed the password', denial: false },
  password_wrong: { text: 'entered a wrong current password', denial: true },
  link_refused: { text: 'used an invalid link', denial: true },
  denied: { text: 'was denied', denial: true },
}

/** The actor: "ada@example.com", "API token SCW…", "Unauthenticated". */
export function actorText({ actor: { kind, name } }: Pick<AuditLine, 'actor'>): string {
  return kind === 'unknown' ? 'Unauthenticated' : actorName({ kind, name })
}

/** What the actor did: "logged in", "created load balancer shop", "was denied". */
export function eventText({ event, change }: Pick<AuditLine, 'event' | 'change'>): string {
  if (event !== 'change') return EVENTS[event].text
  if (!change) return 'changed something'
  const { verb, type, name } = describeChange(change)
  return `${verb} ${type} ${name}`.trim()
}

export const isDenial = ({ event }: Pick<AuditLine, 'event'>) =>
  event !== 'change' && EVENTS[event].denial

/** "GET /a and 3 others". */
export function detailsText(details: AuditLine['details']): string {
  const others = details.length - 1
  return `${details[0]?.detail} and ${others} ${others === 1 ? 'other' : 'others'}`
}

/** "GET /a, 3 times" for each detail, and the rest of `count`. */
export function detailLines(details: AuditLine['details'], count: number): string[] {
  const rest = details.reduce((left, one) => left - one.count, count)
  const lines = details.map(({ detail, count: times }) => `${detail}, ${timesText(times)}`)
  return rest > 0 ? [...lines, `Others, ${timesText(rest)}`] : lines
}

const timesText = (times: number) => (times === 1 ? 'once' : `${times} times`)
