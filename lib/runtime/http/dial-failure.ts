import { hostOf } from '#lib/core/host.ts'
import type { DialFailure } from '../dial.ts'
import { HttpError } from './message/http-error.ts'
import type { RequestHead } from './message/request-head.ts'

/** The error response for a request that got no connection to a server. */
export function errorOfDial(failure: DialFailure): HttpError {
  switch (failure) {
    case 'no_server':
      return new HttpError(503, 'No server is available.')
    case 'queue_timeout':
      return new HttpError(503, 'All servers are busy.')
    case 'connect_refused':
      return new HttpError(503, 'The server could not be reached.')
    case 'tls_failed':
      return new HttpError(503, 'No secure connection to the server could be made.')
    case 'internal_error':
      return new HttpError(500, 'The load balancer failed to handle the request.')
    case 'connect_timeout':
      return new HttpError(504, 'The server did not accept the connection in time.')
  }
}

/** 302 Found, a temporary redirect. */
export const FAILOVER_STATUS = 302

const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/g

/**
 * The location of the redirect while no server of a backend is up: the request's path and query at the failover host, over HTTP.
 * Null for methods other than GET and HEAD (as HAProxy's `redir`), and for requests to the failover host itself, which would loop.
 * @param failoverHost API field `failover_host`, normalised by `parseRouteHost`
 */
export function failoverLocation(failoverHost: string, { method, target, host }: RequestHead) {
  if (method !== 'GET' && method !== 'HEAD') return null
  if (hostOf(host) === failoverHost) return null
  const path = target.startsWith('/') ? target : `/${target}`
  return `http://${failoverHost}${path.replace(NOT_VISIBLE_ASCII, percentEncoded)}`
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
