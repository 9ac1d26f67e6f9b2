import { framingLine } from './forward-request.ts'
import type { Framing } from './framing.ts'
import { fieldLines, HOP_BY_HOP, type Rewrite } from './hop-by-hop.ts'
import type { ResponseHead } from './response-head.ts'

const DROPPED: ReadonlySet<string> = new Set(HOP_BY_HOP)

export type ForwardResponseOptions = {
  /** Whether the client's connection stays open. */
  keepAlive: boolean
  clientVersion: 10 | 11
  /** Of the body for the client. */
  framing: Framing
  /** The Set-Cookie value of the sticky cookie; null for none. */
  setCookie?: string | null
  /** The name of the sticky cookie, which is removed from the server's Set-Cookie fields. */
  dropCookie?: string | null
  /** Whether to add `Cache-Control: private`. */
  isPrivate?: boolean
}

/** The response head for the client, latin1, with its own framing and connection fields. */
export function forwardResponseHead(head: ResponseHead, options: ForwardResponseOptions): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n`
  const rewrite = options.dropCookie ? withoutSetCookie(options.dropCookie) : null
  text += fieldLines(head.text, head.fields, head.connection, DROPPED, rewrite)
  if (options.setCookie) text += `Set-Cookie: ${options.setCookie}\r\n`
  if (options.isPrivate) text += 'Cache-Control: private\r\n'
  text += options.framing.type === 'none' ? declaredLengthLine(head) : framingLine(options.framing)
  text += connectionLines(head, options)
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

/** Content-Length of a response without a body (HEAD, 304): the length that GET would return (RFC 9110 section 8.6). */
function declaredLengthLine({ fields, status }: ResponseHead): string {
  if (status < 200 || status === 204) return ''
  const length = fields.find(({ lower }) => lower === 'content-length')
  return length ? `Content-Length: ${Number(length.value)}\r\n` : ''
}

function connectionLines(head: ResponseHead, options: ForwardResponseOptions): string {
  if (head.status === 101) return `Connection: upgrade\r\nUpgrade: ${head.upgrade}\r\n`
  if (head.status < 200) return ''
  if (!options.keepAlive) return 'Connection: close\r\n'
  return options.clientVersion === 10 ? 'Connection: keep-alive\r\n' : ''
}
