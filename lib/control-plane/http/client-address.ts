import { getConnInfo } from '@hono/node-server/conninfo'
import { clientAddressOf, type ForwardedRequest } from '#lib/core/client-address.ts'
import type { SessionClient } from '../accounts/session-rows.ts'
import type { Origin } from '../authority/actor.ts'
import type { Http, Services } from './environment.ts'
import { sameSecret } from './secret.ts'

/**
 * The client's address: for throttling, the audit log, sessions, the request log and tokens that are limited to networks. The
 * console names its client's address and authenticates with the secret that the supervisor gave it. Forwarding headers count only
 * from trusted proxies.
 */
export function clientAddress(http: Http, { secrets, trustedProxies }: Services): string {
  const fromConsole = http.req.header('x-fairlead-client-ip')
  const isConsole = sameSecret(http.req.header('x-fairlead-bff-secret'), secrets.bff)
  if (fromConsole && isConsole) return fromConsole
  return clientAddressOf(forwardedRequest(http), trustedProxies)
}

/** The peer's address and the forwarding headers of a request. */
export function forwardedRequest(http: Http): ForwardedRequest {
  return {
    peer: getConnInfo(http).remote.address ?? 'unknown',
    forwarded: http.req.header('forwarded'),
    forwardedFor: http.req.header('x-forwarded-for'),
  }
}

/** The origin of a request, for the audit log. */
export function originOf(http: Http, services: Services): Origin {
  return { address: clientAddress(http, services), requestId: http.var.requestId }
}

/** The client that opens a session with this request. */
export function sessionClientOf(http: Http, services: Services): SessionClient {
  return {
    address: clientAddress(http, services),
    userAgent: http.req.header('user-agent') ?? null,
  }
}
