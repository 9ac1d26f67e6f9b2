import { STATUS_CODES } from 'node:http'
import type { HttpError } from './http-error.ts'

/** Every 405 has to name what is supported (RFC 9110 section 15.5.6). */
const ALLOW = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

type Hop = { requestId: string; keepAlive: boolean; head?: boolean }

/** An answer of the load balancer's own, ASCII: short and plain, with the request's id to look for in the logs. */
export function errorResponse(error: HttpError, hop: Hop): string {
  const allow = error.status === 405 ? [ALLOW] : []
  return ownResponse(error.status, error.message, ['Cache-Control: no-store', ...allow], hop)
}

/**
 * An answer that sends the client elsewhere.
 * @param location visible ASCII
 */
export function redirectResponse(status: number, location: string, hop: Hop): string {
  // Those that are permanent are the client's to keep.
  const cache = status === 301 || status === 308 ? [] : ['Cache-Control: no-store']
  const message = 'What was asked for is elsewhere.'
  return ownResponse(status, message, [`Location: ${location}`, ...cache], hop)
}

function ownResponse(status: number, message: string, fields: string[], hop: Hop): string {
  const phrase = STATUS_CODES[status] ?? 'Error'
  const body = `${status} ${phrase}\n${message}\nRequest ${hop.requestId}\n`
  const lines = [
    `HTTP/1.1 ${status} ${phrase}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    ...fields,
    ...(hop.keepAlive ? [] : ['Connection: close']),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${hop.head ? '' : body}`
}
