import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'
import type { AuditKind } from './retention.ts'

/** Something to be written down: who, what, from where. */
export type Audited = {
  event: AuditEvent
  actor: AuditLine['actor']
  address: string | null
  detail: string | null
  requestId: string | null
}

const TEXT_MAX = 200

/** What would end a line, or turn a terminal's or a reader's text around. */
const UNPLAIN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Such characters as escapes; at most 200 characters, and no half of an escape. */
export function plain(text: string): string {
  let told = ''
  for (const character of text.slice(0, TEXT_MAX)) {
    const code = character.codePointAt(0) ?? 0
    const shown = UNPLAIN.test(character) ? `\\u{${code.toString(16)}}` : character
    if (told.length + shown.length > TEXT_MAX) break
    told += shown
  }
  return told
}

/** As it may be kept, whatever a client has sent. */
export function cleaned(audited: Audited): Audited {
  const { actor, detail } = audited
  return {
    ...audited,
    actor: { kind: actor.kind, name: plain(actor.name) },
    detail: detail === null ? null : plain(detail),
  }
}

/** What anybody can have written without an account. The actor's name is what the client claims. */
const ANONYMOUS: readonly AuditEvent[] = ['login_failed', 'held_off', 'link_refused']

/** Which lines it is kept with. */
export function kindOf({ event, actor }: Pick<Audited, 'event' | 'actor'>): AuditKind {
  if (ANONYMOUS.includes(event)) return 'anonymous'
  if (event === 'denied') return actor.kind === 'unknown' ? 'anonymous' : 'denials'
  return event === 'password_wrong' ? 'denials' : 'logins'
}

/** Who fills the audit with it: the actor where that is proven, else the address. */
export function sourceOf(audited: Audited): string {
  return kindOf(audited) === 'anonymous' ? (audited.address ?? '') : audited.actor.name
}

/** What a flood is made of is one line: the same event, from the same place. */
export function floodKey({ event, actor, address }: Audited): string | null {
  if (event === 'denied' || event === 'password_wrong') {
    return [event, actor.kind, actor.name, address].join('\n')
  }
  if (event === 'held_off' || event === 'link_refused') return [event, address].join('\n')
  if (event === 'login_failed') return [event, actor.name, address].join('\n')
  return null
}

/** What differs between the repetitions that are one line; null for nothing. */
export function floodDetail({ event, actor, detail }: Audited): string | null {
  return event === 'held_off' ? actor.name : detail
}
