import { hostname } from 'node:os'
import type { AuditLine } from '#lib/core/audit.ts'
import { VERSION } from '#lib/process/version.ts'
import { escapeControls } from '../audit-event.ts'

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

/** The enterprise number for documentation, RFC 5612. */
const SD_ID = 'fairlead@32473'

/** Starts a message in UTF-8 that isn't plain ASCII; RFC 5424 section 6.4. */
const BOM = '\u{feff}'

type Parameter = [name: string, value: string | number | null]

/**
 * Formats an audit line as an RFC 5424 message with structured data. Details that would exceed `bytesMax` are omitted, and the text
 * is truncated.
 */
export function syslogMessage(line: AuditLine, bytesMax: number): Buffer {
  const severity = REFUSED.includes(line.event) ? WARNING : NOTICE
  const header = `<${FACILITY * 8 + severity}>1 ${line.at} ${HOST} fairlead ${process.pid} ${line.event}`
  const origin = `[origin software="fairlead" swVersion="${VERSION}"]`
  const start = `${header} ${origin}[${SD_ID}${parameters(line).map(parameterText).join('')}`
  const end = `] ${messageText(line)}`
  let room = bytesMax - Buffer.byteLength(start + end)
  let details = ''
  for (const detail of detailsOf(line)) {
    const text = parameterText(['detail', detail])
    if (Buffer.byteLength(text) > room) break
    details += text
    room -= Buffer.byteLength(text)
  }
  return truncate(Buffer.from(start + details + end), bytesMax)
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

/** RFC 5424 section 6.3.3: `"`, `\` and `]` are escaped. */
function parameterText([name, value]: Parameter): string {
  if (value === null) return ''
  return ` ${name}="${escapeControls(String(value)).replaceAll(/["\\\]]/g, '\\$&')}"`
}

/** The details, for repeated events each with its count: "3 × GET /x". */
function detailsOf({ detail, details }: AuditLine): string[] {
  if (details.length > 0) return details.map((one) => `${one.count} × ${one.detail}`)
  return detail === null ? [] : [detail]
}

function messageText({ event, actor, address, detail, count, change }: AuditLine): string {
  const who = actor.kind === 'unknown' ? 'an unknown client' : `${actor.kind} ${actor.name}`
  const from = address === null ? '' : ` from ${address}`
  const what = change
    ? `: ${change.verb} ${change.resource.type} ${nameOf(change) ?? change.resource.id}`
    : detail === null
      ? ''
      : `: ${detail}`
  const often = count > 1 ? ` (${count} times)` : ''
  const text = `${event} by ${escapeControls(who)}${from}${escapeControls(what)}${often}`
  return /^[ -~]*$/.test(text) ? text : BOM + text
}

function nameOf({ before, after }: NonNullable<AuditLine['change']>): string | null {
  const { name } = (after ?? before ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : null
}

/** Truncates to `bytesMax` bytes, never within a character. */
function truncate(message: Buffer, bytesMax: number): Buffer {
  if (message.length <= bytesMax) return message
  let end = bytesMax
  while (((message[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return message.subarray(0, end)
}
