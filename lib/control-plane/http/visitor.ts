import type { Visitor } from '../accounts/session-rows.ts'
import { clientAddress } from './client-address.ts'
import type { Http, Services } from './environment.ts'

/** Who opens a session with a request. */
export function visitorOf(http: Http, services: Services): Visitor {
  return {
    address: clientAddress(http, services),
    userAgent: http.req.header('user-agent') ?? null,
  }
}
