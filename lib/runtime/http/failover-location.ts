import { hostOf } from '#lib/core/host.ts'
import type { RequestHead } from './message/request-head.ts'

/** 302 Found, a temporary redirect. */
export const FAILOVER_STATUS = 302

/** All but visible ASCII. */
const NOT_VISIBLE = /[^\x21-\x7e]/g

/**
 * The redirect's location while no server of a backend is up: the request's path and query at the failover host, over plain
 * HTTP like the frontend. Null for 503 instead: for methods other than GET and HEAD (as HAProxy's `redir`), and for requests
 * to the failover host itself, which would loop.
 * @param host API field `failover_host`, normalised by `parseRouteHost`
 */
export function failoverLocation(host: string, { method, target, host: asked }: RequestHead) {
  if (method !== 'GET' && method !== 'HEAD') return null
  if (hostOf(asked) === host) return null
  const path = target.startsWith('/') ? target : `/${target}`
  return `http://${host}${path.replace(NOT_VISIBLE, encoded)}`
}

/** Percent-encodes a byte. */
function encoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
