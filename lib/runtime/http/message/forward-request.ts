import type { Field } from './field.ts'
import type { Framing } from './framing.ts'
import { dashed, endToEndFields } from './hop-by-hop.ts'
import type { RequestHead } from './request-head.ts'

/** What clients may not say of themselves: it is ours to say. */
const OURS = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'x-request-id',
])

export type RequestHop = {
  clientAddress: string
  frontendPort: number
  requestId: string
  /** The balancer's own cookie, which the server never sees. */
  dropCookie?: string
}

/** The head as the server gets it: Host and framing written anew, the client's address said by us. */
export function forwardRequestHead(head: RequestHead, hop: RequestHop): Buffer {
  const fields = endToEndFields(head.fields)
    .filter((field) => travels(field, head))
    .flatMap((field) => (hop.dropCookie ? withoutCookie(field, hop.dropCookie) : field))
  const via = head.version === 10 ? '1.0' : '1.1'
  const lines = [
    `${head.method} ${head.target} HTTP/1.1`,
    `Host: ${head.host}`,
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    ...framingLines(head.framing),
    ...(head.upgrade ? ['Connection: upgrade', `Upgrade: ${head.upgrade}`] : []),
    `X-Forwarded-For: ${hop.clientAddress}`,
    'X-Forwarded-Proto: http',
    `X-Forwarded-Port: ${hop.frontendPort}`,
    `X-Request-Id: ${hop.requestId}`,
    `Via: ${via} fairlead`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

function travels({ lower }: Field, head: RequestHead): boolean {
  if (lower === 'host') return false
  if (lower === 'expect') return head.expectContinue
  return !OURS.has(dashed(lower))
}

/** A Cookie field without the named cookie; nothing where it held no other (RFC 6265 section 4.2.1). */
function withoutCookie(field: Field, dropped: string): Field[] {
  if (field.lower !== 'cookie') return [field]
  const pairs = field.value.split(';').map((pair) => pair.trim())
  const kept = pairs.filter((pair) => pair.split('=', 1)[0]?.trim() !== dropped)
  return kept.length === 0 ? [] : [{ ...field, value: kept.join('; ') }]
}

/** The one canonical framing field, if any. */
export function framingLines(framing: Framing): string[] {
  if (framing.type === 'length') return [`Content-Length: ${framing.length}`]
  return framing.type === 'chunked' ? ['Transfer-Encoding: chunked'] : []
}
