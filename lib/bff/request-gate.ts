import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddressOf } from '#lib/core/client-address.ts'
import type { Networks } from '#lib/core/networks.ts'
import { CLIENT_IP_HEADER } from './control-plane.ts'
import { isSameOrigin } from './csrf.ts'
import { contentSecurityPolicy, securityHeaders } from './security-headers.ts'
import { hasSecureSession } from './session.ts'

/** The header that tells pages the path and query that was asked for, so that a log-in can lead back to it. */
export const REQUEST_PATH_HEADER = 'x-fairlead-path'

/** Headers that say who asks or where from. Only what trusted proxies say of the client's address is read, and then dropped. */
const CLAIMED = /^(x-fairlead-|x-forwarded-|forwarded$|x-real-ip$|x-middleware-|x-nonce$)/

function clientIp({ socket, headers }: IncomingMessage, trusted: Networks): string {
  const source = {
    peer: socket.remoteAddress ?? '',
    forwarded: single(headers.forwarded),
    forwardedFor: single(headers['x-forwarded-for']),
  }
  return clientAddressOf(source, trusted)
}

/** The page's own path and query, without the mark that Next's router adds. */
function pagePath(url: string): string {
  return url.replace(/([?&])_rsc=[^&]*&?/, '$1').replace(/[?&]$/, '')
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  const message = 'This request did not come from the console. Reload the page and try again.'
  response.end(JSON.stringify({ message, type: 'permissions_denied' }))
}

/**
 * What every request passes before Next sees it: claims about the client are dropped and its address put in, the
 * response gets its security headers with a nonce of its own, and a change without proof of origin is refused.
 * @returns whether Next is to answer it.
 */
export function admit(
  request: IncomingMessage,
  response: ServerResponse,
  dev: boolean,
  trustedProxies: Networks = [],
): boolean {
  const address = clientIp(request, trustedProxies)
  for (const name of Object.keys(request.headers)) {
    if (CLAIMED.test(name)) delete request.headers[name]
  }
  request.headers[CLIENT_IP_HEADER] = address
  request.headers[REQUEST_PATH_HEADER] = pagePath(request.url ?? '/')

  const policy = contentSecurityPolicy(randomBytes(16).toString('base64'), dev)
  // Next takes the nonce for its own scripts from the request's policy.
  request.headers['content-security-policy'] = policy
  const https = hasSecureSession(request.headers.cookie ?? null)
  for (const [name, value] of Object.entries(securityHeaders(policy, https))) {
    response.setHeader(name, value)
  }

  const admitted = isSameOrigin({
    method: request.method ?? 'GET',
    host: request.headers.host,
    origin: single(request.headers.origin),
    fetchSite: single(request.headers['sec-fetch-site']),
  })
  if (!admitted) refuse(response)
  return admitted
}
