import { STATUS_CODES } from 'node:http'
import type { HttpError } from './http-error.ts'

/** A 405 must name the supported methods (RFC 9110 section 15.5.6). */
const ALLOW = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

type ResponseOptions = { requestId: string; keepAlive: boolean; head?: boolean }

/** An error response of the load balancer, ASCII, with the request ID to search the logs for. */
export function errorResponse(error: HttpError, options: ResponseOptions): string {
  const allow = error.status === 405 ? [ALLOW] : []
  return ownResponse(error.status, error.message, ['Cache-Control: no-store', ...allow], options)
}

/**
 * A redirect response of the load balancer.
 * @param location visible ASCII
 */
export function redirectResponse(
  status: number,
  location: string,
  options: ResponseOptions,
): string {
  // Clients may store permanent redirects.
  const cache = status === 301 || status === 308 ? [] : ['Cache-Control: no-store']
  const message = 'The resource is at another address.'
  return ownResponse(status, message, [`Location: ${location}`, ...cache], options)
}

function ownResponse(
  status: number,
  message: string,
  fields: string[],
  options: ResponseOptions,
): string {
  const phrase = STATUS_CODES[status] ?? 'Error'
  const body = `${status} ${phrase}\n${message}\nRequest ${options.requestId}\n`
  const lines = [
    `HTTP/1.1 ${status} ${phrase}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    ...fields,
    ...(options.keepAlive ? [] : ['Connection: close']),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${options.head ? '' : body}`
}
