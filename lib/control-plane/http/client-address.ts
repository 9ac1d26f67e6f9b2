import { getConnInfo } from '@hono/node-server/conninfo'
import type { Origin } from '../context.ts'
import type { Http, Services } from './environment.ts'
import { sameSecret } from './secret.ts'

/**
 * Whom a request comes from, for throttling. Forwarding headers are not believed; the console's own word on its
 * visitor is, because it shows the secret that the supervisor gave it.
 */
export function clientAddress(http: Http, { secrets }: Services): string {
  const named = http.req.header('x-fairlead-client-ip')
  const trusted = sameSecret(http.req.header('x-fairlead-bff-secret'), secrets.bff)
  if (named && trusted) return named
  return getConnInfo(http).remote.address ?? 'unknown'
}

/** Where a request comes from, for the audit. */
export function originOf(http: Http, services: Services): Origin {
  return { address: clientAddress(http, services), requestId: http.var.requestId }
}
