import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'
import { clientNetwork } from '#lib/core/client-address.ts'
import type { AuditKind } from './retention.ts'

/** An event for the audit log. */
export type AuditRecord = {
  event: AuditEvent
  actor: AuditLine['actor']
  address: string | null
  detail: string | null
  requestId: string | null
}

const TEXT_MAX = 200

/** Characters that end a line, or change how a terminal shows the text around them. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Escapes control characters as `\u{…}` and truncates to 200 characters, never within an escape. */
export function escapeControls(text: string): string {
  let escaped = ''
  for (const character of text.slice(0, TEXT_MAX)) {
    const code = character.codePointAt(0) ?? 0
    const next = CONTROLS.test(character) ? `\\u{${code.toString(16)}}` : character
    if (escaped.length + next.length > TEXT_MAX) break
    escaped += next
  }
  return escaped
}

/** Escapes the fields that clients control. */
export function sanitize(record: AuditRecord): AuditRecord {
  const { actor, detail } = record
  return {
    ...record,
    actor: { kind: actor.kind, name: escapeControls(actor.name) },
    detail: detail === null ? null : escapeControls(detail),
  }
}

/** Events that anyone can cause without an account. The actor's name is unverified. */
const ANONYMOUS: readonly AuditEvent[] = ['login_failed', 'held_off', 'link_refused']

/** The kind sets the retention: for how long, and how many lines. */
export function auditKind({ event, actor }: Pick<AuditRecord, 'event' | 'actor'>): AuditKind {
  if (ANONYMOUS.includes(event)) return 'anonymous'
  if (event === 'denied') return actor.kind === 'unknown' ? 'anonymous' : 'denials'
  return event === 'password_wrong' ? 'denials' : 'logins'
}

/** Counts clients by network, as the rate limit of logins does: an IPv6 client has a whole /64 of addresses. */
const networkOf = ({ address }: AuditRecord): string =>
  address === null ? '' : clientNetwork(address)

/** The source that a line counts against when lines are pruned: a verified actor, else the client's network. */
export function auditSource(record: AuditRecord): string {
  return auditKind(record) === 'anonymous' ? networkOf(record) : record.actor.name
}

/** Events with the same key within ten minutes become one line with a count. Null for events that are never merged. */
export function floodKey(record: AuditRecord): string | null {
  const { event, actor } = record
  const network = networkOf(record)
  if (event === 'denied' || event === 'password_wrong') {
    return [event, actor.kind, actor.name, network].join('\n')
  }
  if (event === 'held_off' || event === 'link_refused') return [event, network].join('\n')
  if (event === 'login_failed') return [event, actor.name, network].join('\n')
  return null
}

/** The detail in which events with the same key can differ; null if there is none. */
export function floodDetail({ event, actor, detail }: AuditRecord): string | null {
  return event === 'held_off' ? actor.name : detail
}
