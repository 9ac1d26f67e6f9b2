import type { Framing } from './framing.ts'
import { fieldLines, HOP_BY_HOP, type Rewrite } from './hop-by-hop.ts'
import type { RequestHead } from './request-head.ts'

/** Fields that the load balancer removes or sets itself, so that clients can't forge them. */
const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'x-request-id',
])

/** If the Host is rewritten, X-Forwarded-Host contains the client's. */
const DROPPED_WITH_HOST: ReadonlySet<string> = new Set([...DROPPED, 'x-forwarded-host'])

export type ForwardRequestOptions = {
  clientAddress: string
  /** The Host for an HTTP/1.0 request without one, because servers refuse an empty Host. IPv4. */
  frontendAddress?: string | undefined
  frontendPort: number
  /** Replaces the client's Host, which is forwarded as X-Forwarded-Host. */
  serverHost?: string | undefined
  requestId: string
  /** The name of the sticky cookie, which is not forwarded. */
  dropCookie?: string | undefined
}

/** The request head for the server, latin1, with normalised Host and framing, and the load balancer's own fields. */
export function forwardRequestHead(head: RequestHead, options: ForwardRequestOptions): string {
  const rewrite = options.dropCookie ? withoutCookie(options.dropCookie) : null
  const via = head.version === 10 ? '1.0' : '1.1'
  const dropped = options.serverHost ? DROPPED_WITH_HOST : DROPPED
  let text = `${head.method} ${head.target} HTTP/1.1\r\nHost: ${hostOf(head, options)}\r\n`
  text += fieldLines(head.text, head.fields, head.connection, dropped, rewrite)
  text += framingLine(head.framing)
  if (head.expectContinue) text += 'Expect: 100-continue\r\n'
  text += connectionLines(head)
  text += `X-Forwarded-For: ${options.clientAddress}\r\nX-Forwarded-Proto: http\r\n`
  if (options.serverHost && head.host !== '') text += `X-Forwarded-Host: ${head.host}\r\n`
  text += `X-Forwarded-Port: ${options.frontendPort}\r\nX-Request-Id: ${options.requestId}\r\n`
  return `${text}Via: ${via} fairlead\r\n\r\n`
}

/** Connection fields: none for a persistent connection, as HTTP/1.1 connections are by default. */
function connectionLines({ upgrade, takesTrailers }: RequestHead): string {
  if (upgrade !== null) return `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`
  return takesTrailers ? 'Connection: TE\r\nTE: trailers\r\n' : ''
}

/** Without a Host the frontend's address is the authority (RFC 9112 section 3.3). */
function hostOf({ host, version }: RequestHead, options: ForwardRequestOptions): string {
  if (options.serverHost) return options.serverHost
  const isMissing = host === '' && version === 10 && options.frontendAddress
  return isMissing ? `${options.frontendAddress}:${options.frontendPort}` : host
}

/** Removes a cookie, and the Cookie field if it contains no other (RFC 6265 section 4.2.1). */
function withoutCookie(dropped: string): Rewrite {
  return (field) => {
    if (field.lower !== 'cookie') return undefined
    const { value } = field
    if (!value.includes(dropped)) return undefined
    const pairs = value.split(';').map((pair) => pair.trim())
    const kept = pairs.filter((pair) => pair.split('=', 1)[0]?.trim() !== dropped)
    return kept.length === 0 ? null : kept.join('; ')
  }
}

/** The line of the framing field; empty without a body. */
export function framingLine(framing: Framing): string {
  if (framing.type === 'length') return `Content-Length: ${framing.length}\r\n`
  return framing.type === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : ''
}
