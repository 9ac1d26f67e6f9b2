import type { AuditEvent, AuditLine } from '#lib/core/audit.ts'

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
function plain(text: string): string {
  let told = ''
  for (const character of text.slice(0, TEXT_MAX)) {
    const code = character.codePointAt(0) ?? 0
    const shown = UNPLAIN.test(character) ? `\\u{${code.toString(16)}}` : character
    if (told.length + shown.length > TEXT_MAX) break
    told += shown
  }
  return told
}

/** What anybody can have written without an account. It goes first: nobody is to push out what they did. */
export const CHEAP: readonly AuditEvent[] = ['login_failed', 'held_off', 'link_refused', 'denied']

/** As it may be kept, whatever a client has sent. */
export function cleaned(audited: Audited): Audited {
  const { actor, detail } = audited
  return {
    ...audited,
    actor: { kind: actor.kind, name: plain(actor.name) },
    detail: detail === null ? null : plain(detail),
  }
}

/** What a flood is made of is one line: the same event, from the same place. */
export function floodKey({ event, actor, address }: Audited): string | null {
  if (event === 'denied') return [event, actor.kind, actor.name, address].join('\n')
  if (event === 'held_off' || event === 'link_refused') return [event, address].join('\n')
  if (event === 'login_failed') return [event, actor.name, address].join('\n')
  return null
}
