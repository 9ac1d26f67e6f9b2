import type { MiddlewareHandler } from 'hono'
import { forwardingProblem } from '#lib/core/client-address.ts'
import {
  type FetchMetadata,
  fetchMetadata,
  isFromAnotherOrigin,
  isNavigation,
  SAFE_METHODS,
} from '#lib/core/fetch-metadata.ts'
import { isKnownHost, type KnownHosts, unknownHostMessage } from '#lib/core/known-hosts.ts'
import { isWellFormedTarget, MALFORMED_TARGET } from '#lib/core/request-target.ts'
import { ApiError } from '../errors.ts'
import { forwardedRequest } from './client-address.ts'
import type { Environment, Services } from './environment.ts'

/**
 * Checks every request first. Rejects malformed targets (400), contradictory forwarding headers of a trusted proxy (400), unknown
 * hosts (421) and cross-origin requests from web pages (403), which could have their visitors guess passwords.
 */
export function requestGate({
  knownHosts,
  trustedProxies,
}: Pick<Services, 'knownHosts' | 'trustedProxies'>): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const { url = '', method, headers, socket } = http.env.incoming
    if (!isWellFormedTarget(url)) {
      throw new ApiError(400, { message: MALFORMED_TARGET, type: 'bad_request' })
    }
    const problem = forwardingProblem(forwardedRequest(http), trustedProxies)
    if (problem !== null) throw new ApiError(400, { message: problem, type: 'bad_request' })
    const host = headers.host ?? ''
    if (!isKnownHost(knownHosts, host, socket.localAddress)) {
      const message = unknownHostMessage(host)
      throw new ApiError(421, { message, type: 'misdirected_request' })
    }
    if (isCrossOrigin(fetchMetadata(method, headers), knownHosts, socket.localAddress)) {
      const message =
        'Cross-origin requests from web pages are refused. Call the API from a program.'
      throw new ApiError(403, { message, type: 'permissions_denied' })
    }
    await next()
  }
}

/** Browsers omit `Sec-Fetch-Site` over plain HTTP, except to localhost. They send `Origin` with every unsafe method. */
function isCrossOrigin(
  metadata: FetchMetadata,
  knownHosts: KnownHosts,
  localAddress: string | undefined,
): boolean {
  if (isFromAnotherOrigin(metadata)) return !isNavigation(metadata)
  const { method, origin } = metadata
  if (SAFE_METHODS.has(method) || origin === undefined) return false
  return !URL.canParse(origin) || !isKnownHost(knownHosts, new URL(origin).host, localAddress)
}
