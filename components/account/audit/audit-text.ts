import { actorWords, changeWords } from '#components/lb/history/change-text.ts'
import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'

/** A sentence without its subject, and whether it is something that was refused. */
const EVENTS: Record<AuditEvent, { words: string; refused: boolean }> = {
  login: { words: 'logged in', refused: false },
  login_failed: { words: 'failed to log in', refused: true },
  held_off: { words: 'was throttled after too many wrong passwords', refused: true },
  logout: { words: 'logged out', refused: false },
  session_ended: { words: 'ended a session', refused: false },
  password_changed: { words: 'changed the password', refused: false },
  password_wrong: { words: 'entered a wrong current password', refused: true },
  link_refused: { words: 'used an invalid link', refused: true },
  denied: { words: 'was denied', refused: true },
}

/** Who did it: "ada@example.com", "API token SCW…", "Unauthenticated". */
export function whoWords({ actor: { kind, name } }: Pick<AuditLine, 'actor'>): string {
  return kind === 'unknown' ? 'Unauthenticated' : actorWords({ kind, name })
}

/** What they did: "logged in", "created load balancer shop", "was denied". */
export function whatWords({ event, change }: Pick<AuditLine, 'event' | 'change'>): string {
  if (event !== 'change') return EVENTS[event].words
  if (!change) return 'changed something'
  const { verb, type, name } = changeWords(change)
  return `${verb} ${type} ${name}`.trim()
}

export const wasRefused = ({ event }: Pick<AuditLine, 'event'>) =>
  event !== 'change' && EVENTS[event].refused

/** "GET /a and 3 others". */
export function detailsWords(details: AuditLine['details']): string {
  const others = details.length - 1
  return `${details[0]?.detail} and ${others} ${others === 1 ? 'other' : 'others'}`
}

/** "GET /a, 3 times" of each; `count` is of all, and may be of more than those. */
export function detailLines(details: AuditLine['details'], count: number): string[] {
  const rest = details.reduce((left, one) => left - one.count, count)
  const lines = details.map(({ detail, count: times }) => `${detail}, ${timesWords(times)}`)
  return rest > 0 ? [...lines, `Others, ${timesWords(rest)}`] : lines
}

const timesWords = (times: number) => (times === 1 ? 'once' : `${times} times`)
