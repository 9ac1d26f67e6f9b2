import { framingLine } from './forward-request.ts'
import type { Framing } from './framing.ts'
import { fieldLines, HOP_BY_HOP, type Rewrite } from './hop-by-hop.ts'
import type { ResponseHead } from './response-head.ts'

const DROPPED: ReadonlySet<string> = new Set(HOP_BY_HOP)

export type ResponseHop = {
  /** Whether the client's connection stays open afterwards. */
  keepAlive: boolean
  clientVersion: 10 | 11
  /** As the body is sent to the client. */
  framing: Framing
  /** A Set-Cookie value of the balancer's own. */
  setCookie?: string | null
  /** The sticky cookie, which servers can't set. */
  dropCookie?: string | null
  /** Whether to add `Cache-Control: private`. */
  isPrivate?: boolean
}

/** The head as the client gets it, latin1, with framing and connection of its own. */
export function forwardResponseHead(head: ResponseHead, hop: ResponseHop): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n`
  const rewrite = hop.dropCookie ? withoutSetCookie(hop.dropCookie) : null
  text += fieldLines(head.text, head.fields, head.connection, DROPPED, rewrite)
  if (hop.setCookie) text += `Set-Cookie: ${hop.setCookie}\r\n`
  if (hop.isPrivate) text += 'Cache-Control: private\r\n'
  text += hop.framing.type === 'none' ? toldLengthLine(head) : framingLine(hop.framing)
  text += connectionLines(head, hop)
  return `${text}\r\n`
}

/** Removes the server's cookies of that name (RFC 6265 section 4.1), as HAProxy's insert mode does. */
function withoutSetCookie(name: string): Rewrite {
  return (field) => {
    if (field.lower !== 'set-cookie' && field.lower !== 'set-cookie2') return undefined
    const { value } = field
    const equals = value.indexOf('=')
    return equals > 0 && value.slice(0, equals).trim() === name ? null : undefined
  }
}

/** The length that goes with no body (HEAD, 304): it tells of the body there would be (RFC 9110 section 8.6). */
function toldLengthLine({ fields, status }: ResponseHead): string {
  if (status < 200 || status === 204) return ''
  const length = fields.find(({ lower }) => lower === 'content-length')
  return length ? `Content-Length: ${Number(length.value)}\r\n` : ''
}

function connectionLines(head: ResponseHead, hop: ResponseHop): string {
  if (head.status === 101) return `Connection: upgrade\r\nUpgrade: ${head.upgrade}\r\n`
  if (head.status < 200) return ''
  if (!hop.keepAlive) return 'Connection: close\r\n'
  return hop.clientVersion === 10 ? 'Connection: keep-alive\r\n' : ''
}
