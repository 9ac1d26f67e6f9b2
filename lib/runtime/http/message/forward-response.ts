import { framingLines } from './forward-request.ts'
import type { Framing } from './framing.ts'
import { endToEndFields } from './hop-by-hop.ts'
import type { ResponseHead } from './response-head.ts'

export type ResponseHop = {
  /** Whether the client's connection stays open afterwards. */
  keepAlive: boolean
  clientVersion: 10 | 11
  /** As the body is sent to the client. */
  framing: Framing
  /** A Set-Cookie value of the balancer's own. */
  setCookie?: string
}

/** The head as the client gets it. A length that goes with no body (HEAD, 304) is kept: it tells of the body there would be. */
export function forwardResponseHead(head: ResponseHead, hop: ResponseHop): Buffer {
  const length = head.fields.find(({ lower }) => lower === 'content-length')
  const told = hop.framing.type === 'none' && head.status >= 200 && head.status !== 204 && length
  const lines = [
    `HTTP/1.1 ${head.status} ${head.reason}`,
    ...endToEndFields(head.fields).map(({ name, value }) => `${name}: ${value}`),
    ...(hop.setCookie ? [`Set-Cookie: ${hop.setCookie}`] : []),
    ...(told ? [`Content-Length: ${length.value}`] : framingLines(hop.framing)),
    ...connectionLines(head, hop),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

function connectionLines(head: ResponseHead, hop: ResponseHop): string[] {
  if (head.status === 101) return ['Connection: upgrade', `Upgrade: ${head.upgrade}`]
  if (head.status < 200) return []
  if (!hop.keepAlive) return ['Connection: close']
  return hop.clientVersion === 10 ? ['Connection: keep-alive'] : []
}
