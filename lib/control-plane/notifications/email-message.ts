import type { EventBody } from '#lib/core/delivery.ts'

const SUBJECT_MAX = 150
const CONTROL_CHARACTERS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/** Formats an event as an email. `to` is passed as an object, so that nothing in it can be parsed as another recipient. */
export function messageOf(event: EventBody, from: string, to: string) {
  return {
    from: { name: 'Fairlead', address: from },
    to: { name: '', address: to },
    subject: subjectOf(event),
    text: textOf(event),
    messageId: `<${event.id}@${from.split('@').at(-1)}>`,
    date: new Date(event.at),
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** A single line, whatever the names contain. */
function subjectOf({ text }: EventBody): string {
  const line = text.replaceAll(CONTROL_CHARACTERS, ' ')
  return `[Fairlead] ${line.length > SUBJECT_MAX ? `${line.slice(0, SUBJECT_MAX)}…` : line}`
}

function textOf(event: EventBody): string {
  const { text, servers = [], server_count = 0, load_balancer: lb, at } = event
  const listed = servers.map(
    ({ address, backend_name, reason }) => `- ${address} of backend "${backend_name}": ${reason}`,
  )
  const more = server_count > servers.length ? [`and ${server_count - servers.length} more`] : []
  const where = lb ? [`Load balancer: ${lb.name} (${lb.id}), ${lb.zone}`] : []
  return [text, '', ...listed, ...more, '', ...where, `Time: ${at}`, `Event: ${event.id}`].join(
    '\n',
  )
}
