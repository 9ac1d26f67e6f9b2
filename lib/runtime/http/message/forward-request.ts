import type { Framing } from './framing.ts'
import { fieldLines, HOP_BY_HOP, type Rewrite } from './hop-by-hop.ts'
import type { RequestHead } from './request-head.ts'

/** What ends here, and what is ours to say: clients may not say it of themselves. */
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

/** Where the Host is rewritten, so is the field that has the client's. */
const DROPPED_WITH_HOST: ReadonlySet<string> = new Set([...DROPPED, 'x-forwarded-host'])

export type RequestHop = {
  clientAddress: string
  /** Stands in for the host that an HTTP/1.0 client did not name, as servers refuse an empty one. IPv4. */
  frontendAddress?: string | undefined
  frontendPort: number
  /** The Host for the server in place of the client's, which goes into X-Forwarded-Host. */
  serverHost?: string | undefined
  requestId: string
  /** The balancer's own cookie, which the server never sees. */
  dropCookie?: string | undefined
}

/** The head as the server gets it, latin1: Host and framing written anew, the client's address said by us. */
export function forwardRequestHead(head: RequestHead, hop: RequestHop): string {
  const rewrite = hop.dropCookie ? withoutCookie(hop.dropCookie) : null
  const via = head.version === 10 ? '1.0' : '1.1'
  const dropped = hop.serverHost ? DROPPED_WITH_HOST : DROPPED
  let text = `${head.method} ${head.target} HTTP/1.1\r\nHost: ${hostOf(head, hop)}\r\n`
  text += fieldLines(head.text, head.fields, head.connection, dropped, rewrite)
  text += framingLine(head.framing)
  if (head.expectContinue) text += 'Expect: 100-continue\r\n'
  text += connectionLines(head)
  text += `X-Forwarded-For: ${hop.clientAddress}\r\nX-Forwarded-Proto: http\r\n`
  if (hop.serverHost && head.host !== '') text += `X-Forwarded-Host: ${head.host}\r\n`
  text += `X-Forwarded-Port: ${hop.frontendPort}\r\nX-Request-Id: ${hop.requestId}\r\n`
  return `${text}Via: ${via} fairlead\r\n\r\n`
}

/** What is said of the connection to the server: kept, as HTTP/1.1 has it, unless it is to become another protocol. */
function connectionLines({ upgrade, takesTrailers }: RequestHead): string {
  if (upgrade !== null) return `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`
  return takesTrailers ? 'Connection: TE\r\nTE: trailers\r\n' : ''
}

/** RFC 9112 section 3.3: without a name the address is the authority. */
function hostOf({ host, version }: RequestHead, hop: RequestHop): string {
  if (hop.serverHost) return hop.serverHost
  const nameless = host === '' && version === 10 && hop.frontendAddress
  return nameless ? `${hop.frontendAddress}:${hop.frontendPort}` : host
}

/** Takes a cookie out; a Cookie field that held no other goes (RFC 6265 section 4.2.1). */
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

/** The line of the one canonical framing field; empty where there is none. */
export function framingLine(framing: Framing): string {
  if (framing.type === 'length') return `Content-Length: ${framing.length}\r\n`
  return framing.type === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : ''
}
