import { getConnInfo } from '@hono/node-server/conninfo'
import { clientAddressOf, type RequestSource } from '#lib/core/client-address.ts'
import type { Origin } from '../authority/caller.ts'
import type { Http, Services } from './environment.ts'
import { sameSecret } from './secret.ts'

/**
 * Whom a request comes from: for throttling, the audit, sessions, the request log and tokens that are limited to
 * networks. The console's own word on its visitor is believed, because it shows the secret that the supervisor gave it;
 * forwarding headers are where a trusted proxy sends them.
 */
export function clientAddress(http: Http, { secrets, trustedProxies }: Services): string {
  const named = http.req.header('x-fairlead-client-ip')
  const isConsole = sameSecret(http.req.header('x-fairlead-bff-secret'), secrets.bff)
  if (named && isConsole) return named
  return clientAddressOf(forwardingOf(http), trustedProxies)
}

/** What a request says of where it comes from. */
export function forwardingOf(http: Http): RequestSource {
  return {
    peer: getConnInfo(http).remote.address ?? 'unknown',
    forwarded: http.req.header('forwarded'),
    forwardedFor: http.req.header('x-forwarded-for'),
  }
}

/** Where a request comes from, for the audit. */
export function originOf(http: Http, services: Services): Origin {
  return { address: clientAddress(http, services), requestId: http.var.requestId }
}
