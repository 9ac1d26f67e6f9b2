import { hostOf } from '#lib/core/host.ts'
import type { RequestHead } from './message/request-head.ts'

/** Found: for now, and nothing that a cache keeps. */
export const FAILOVER_STATUS = 302

/** All but visible ASCII. */
const NOT_VISIBLE = /[^\x21-\x7e]/g

/**
 * Where a client is sent while a backend has no server that is up: the same path and query of its failover host, over
 * plain HTTP as the frontend speaks it. Null where the client is told 503 instead: a request other than GET and HEAD is
 * not that host's (HAProxy's `redir` leaves those out, too), and neither is one that was sent there already.
 * @param host API field `failover_host`, as `parseRouteHost` writes it
 */
export function failoverLocation(host: string, { method, target, host: asked }: RequestHead) {
  if (method !== 'GET' && method !== 'HEAD') return null
  if (hostOf(asked) === host) return null
  const path = target.startsWith('/') ? target : `/${target}`
  return `http://${host}${path.replace(NOT_VISIBLE, encoded)}`
}

/** A byte of the request's head, percent-encoded. */
function encoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
