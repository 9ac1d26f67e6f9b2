import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddressOf, forwardingProblem } from '#lib/core/client-address.ts'
import {
  type FetchMetadata,
  fetchMetadata,
  isFromAnotherOrigin,
  isNavigation,
} from '#lib/core/fetch-metadata.ts'
import { isKnownHost, type KnownHosts, unknownHostMessage } from '#lib/core/known-hosts.ts'
import type { Networks } from '#lib/core/networks.ts'
import { isWellFormedTarget, MALFORMED_TARGET } from '#lib/core/request-target.ts'
import { CLIENT_IP_HEADER } from './control-plane.ts'
import { isSameOrigin } from './csrf.ts'
import { refuse } from './refuse.ts'
import { contentSecurityPolicy, securityHeaders } from './security-headers.ts'
import { hasSecureSession } from './session.ts'

/** Carries the requested path and query to pages, so that a login can return to it. */
export const REQUEST_PATH_HEADER = 'x-fairlead-path'

/** Headers that describe the client. All are dropped, after the trusted proxies' forwarding headers have been read. */
const CLAIMED = /^(x-fairlead-|x-forwarded-|forwarded$|x-real-ip$|x-middleware-|x-nonce$)/

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** The origin that a request claims. */
function forwardingOf({ socket, headers }: IncomingMessage) {
  return {
    peer: socket.remoteAddress ?? '',
    forwarded: single(headers.forwarded),
    forwardedFor: single(headers['x-forwarded-for']),
  }
}

/** The page's path and query, without the parameter that Next's router adds. */
function pagePath(url: string): string {
  return url.replace(/([?&])_rsc=[^&]*&?/, '$1').replace(/[?&]$/, '')
}

type Refusal = { status: number; type: string; message: string }

const NOT_FROM_CONSOLE: Refusal = {
  status: 403,
  type: 'permissions_denied',
  message: 'This request did not come from the console. Reload the page and try again.',
}

/** Any site may link to pages. Only the console's own pages may call the relay and load assets. */
function isForeign(target: string, source: FetchMetadata): boolean {
  const isRelay = /^\/+api\//.test(decodeURIComponent(target))
  return isFromAnotherOrigin(source) && (isRelay || !isNavigation(source))
}

function refusalOf(request: IncomingMessage, known: KnownHosts): Refusal | null {
  const { method, headers, url: target = '', socket } = request
  const { host } = headers
  if (!isWellFormedTarget(target) || host === undefined) {
    return { status: 400, type: 'bad_request', message: MALFORMED_TARGET }
  }
  if (!isKnownHost(known, host, socket.localAddress)) {
    return { status: 421, type: 'misdirected_request', message: unknownHostMessage(host) }
  }
  const source = fetchMetadata(method, headers)
  return isForeign(target, source) || !isSameOrigin(source, host, known) ? NOT_FROM_CONSOLE : null
}

export type GateOptions = { known: KnownHosts; trustedProxies?: Networks; dev: boolean }

/**
 * Checks every request before Next sees it. Drops headers that describe the client and sets its address; gives the response its
 * security headers with a nonce. Refuses malformed targets and ambiguous forwarding headers (400), unknown hosts (421),
 * and cross-origin requests and changes without proof of their origin (403).
 * @returns whether Next should answer the request
 */
export function admit(
  request: IncomingMessage,
  response: ServerResponse,
  { known, trustedProxies = [], dev }: GateOptions,
): boolean {
  const forwarding = forwardingOf(request)
  const address = clientAddressOf(forwarding, trustedProxies)
  const unclear = forwardingProblem(forwarding, trustedProxies)
  for (const name of Object.keys(request.headers)) {
    if (CLAIMED.test(name)) delete request.headers[name]
  }
  request.headers[CLIENT_IP_HEADER] = address
  request.headers[REQUEST_PATH_HEADER] = pagePath(request.url ?? '/')

  const policy = contentSecurityPolicy(randomBytes(16).toString('base64'), dev)
  // Next reads the nonce for its scripts from this request header.
  request.headers['content-security-policy'] = policy
  const https = hasSecureSession(request.headers.cookie ?? null)
  for (const [name, value] of Object.entries(securityHeaders(policy, https))) {
    response.setHeader(name, value)
  }

  const refusal =
    unclear === null
      ? refusalOf(request, known)
      : { status: 400, type: 'bad_request', message: unclear }
  if (!refusal) return true
  refuse(response, refusal.status, refusal.type, refusal.message)
  return false
}
