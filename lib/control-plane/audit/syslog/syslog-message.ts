import { hostname } from 'node:os'
import type { AuditLine } from '#lib/core/audit.ts'
import { VERSION } from '../../version.ts'
import { plain } from '../audit-event.ts'

/** "log audit", RFC 5424 table 1. */
const FACILITY = 13
/** RFC 5424 table 2. */
const WARNING = 4
const NOTICE = 5

const REFUSED: readonly AuditLine['event'][] = [
  'login_failed',
  'held_off',
  'password_wrong',
  'link_refused',
  'denied',
]

/** RFC 5612's number for whoever has none of their own. */
const SD_ID = 'fairlead@32473'

/** Begins a message that is UTF-8 and not just ASCII; RFC 5424 section 6.4. */
const BOM = '\u{feff}'

type Parameter = [name: string, value: string | number | null]

/**
 * A line of the audit as a message of RFC 5424, with all that is known as structured data. Details that would make it longer
 * than `bytesMax` are left out, and text is cut.
 */
export function syslogMessage(line: AuditLine, bytesMax: number): Buffer {
  const severity = REFUSED.includes(line.event) ? WARNING : NOTICE
  const header = `<${FACILITY * 8 + severity}>1 ${line.at} ${HOST} fairlead ${process.pid} ${line.event}`
  const origin = `[origin software="fairlead" swVersion="${VERSION}"]`
  const start = `${header} ${origin}[${SD_ID}${parameters(line).map(parameterText).join('')}`
  const end = `] ${sentence(line)}`
  let room = bytesMax - Buffer.byteLength(start + end)
  let details = ''
  for (const detail of detailsOf(line)) {
    const text = parameterText(['detail', detail])
    if (Buffer.byteLength(text) > room) break
    details += text
    room -= Buffer.byteLength(text)
  }
  return cut(Buffer.from(start + details + end), bytesMax)
}

/** PRINTUSASCII, at most 255 characters; RFC 5424 section 6.2.4. */
const HOST =
  hostname()
    .replaceAll(/[^!-~]/g, '')
    .slice(0, 255) || '-'

function parameters(line: AuditLine): Parameter[] {
  const { id, event, actor, address, count, last_at: lastAt, request_id: requestId, change } = line
  const resource = change?.resource
  return [
    ['id', id],
    ['event', event],
    ['actorKind', actor.kind],
    ['actor', actor.name],
    ['address', address],
    ['count', count],
    ['lastAt', lastAt],
    ['requestId', requestId],
    ['verb', change?.verb ?? null],
    ['resourceType', resource?.type ?? null],
    ['resourceId', resource?.id ?? null],
    ['resourceName', change ? nameOf(change) : null],
    ['lbId', change?.lb_id ?? null],
  ]
}

/** RFC 5424 section 6.3.3: these three characters have a backslash before them. */
function parameterText([name, value]: Parameter): string {
  if (value === null) return ''
  return ` ${name}="${plain(String(value)).replaceAll(/["\\\]]/g, '\\$&')}"`
}

/** What it was about; of what repeated, each with how often: "3 × GET /x". */
function detailsOf({ detail, details }: AuditLine): string[] {
  if (details.length > 0) return details.map((one) => `${one.count} × ${one.detail}`)
  return detail === null ? [] : [detail]
}

function sentence({ event, actor, address, detail, count, change }: AuditLine): string {
  const who = actor.kind === 'unknown' ? 'somebody unknown' : `${actor.kind} ${actor.name}`
  const from = address === null ? '' : ` from ${address}`
  const what = change
    ? `: ${change.verb} ${change.resource.type} ${nameOf(change) ?? change.resource.id}`
    : detail === null
      ? ''
      : `: ${detail}`
  const often = count > 1 ? ` (${count} times)` : ''
  const text = `${event} by ${plain(who)}${from}${plain(what)}${often}`
  return /^[ -~]*$/.test(text) ? text : BOM + text
}

function nameOf({ before, after }: NonNullable<AuditLine['change']>): string | null {
  const { name } = (after ?? before ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : null
}

/** At most so many bytes, and no part of a character. */
function cut(message: Buffer, bytesMax: number): Buffer {
  if (message.length <= bytesMax) return message
  let end = bytesMax
  while (((message[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return message.subarray(0, end)
}
