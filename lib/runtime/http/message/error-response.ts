import { STATUS_CODES } from 'node:http'
import type { HttpError } from './http-error.ts'

/** Every 405 has to name what is supported (RFC 9110 section 15.5.6). */
const ALLOW = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** An answer of the load balancer's own, ASCII: short and plain, with the request's id to look for in the logs. */
export function errorResponse(
  error: HttpError,
  hop: { requestId: string; keepAlive: boolean; head?: boolean },
): string {
  const phrase = STATUS_CODES[error.status] ?? 'Error'
  const body = `${error.status} ${phrase}\n${error.message}\nRequest ${hop.requestId}\n`
  const lines = [
    `HTTP/1.1 ${error.status} ${phrase}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    ...(error.status === 405 ? [ALLOW] : []),
    ...(hop.keepAlive ? [] : ['Connection: close']),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${hop.head ? '' : body}`
}
