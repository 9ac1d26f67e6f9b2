import type { MiddlewareHandler } from 'hono'
import { forwardingProblem } from '#lib/core/client-address.ts'
import {
  isFromAnotherOrigin,
  isNavigation,
  type RequestSource,
  SAFE_METHODS,
  sourceOf,
} from '#lib/core/fetch-metadata.ts'
import { isKnownHost, type KnownHosts, unknownHostMessage } from '#lib/core/known-hosts.ts'
import { isWellFormedTarget, MALFORMED_TARGET } from '#lib/core/request-target.ts'
import { ApiError } from '../errors.ts'
import { forwardingOf } from './client-address.ts'
import type { Environment, Services } from './environment.ts'

/**
 * What every request passes before anything else looks at it. Refused are malformed targets (400), what a trusted proxy
 * forwards for nobody can tell whom (400), hosts that are not known (421), and what web pages of other origins ask for
 * (403): the API is for programs, and a page could have its visitors guess passwords.
 */
export function requestGate({
  known,
  trustedProxies,
}: Pick<Services, 'known' | 'trustedProxies'>): MiddlewareHandler<Environment> {
  return async (http, next) => {
    const { url = '', method, headers, socket } = http.env.incoming
    if (!isWellFormedTarget(url)) {
      throw new ApiError(400, { message: MALFORMED_TARGET, type: 'bad_request' })
    }
    const unclear = forwardingProblem(forwardingOf(http), trustedProxies)
    if (unclear !== null) throw new ApiError(400, { message: unclear, type: 'bad_request' })
    const host = headers.host ?? ''
    if (!isKnownHost(known, host, socket.localAddress)) {
      const message = unknownHostMessage(host)
      throw new ApiError(421, { message, type: 'misdirected_request' })
    }
    if (isForeign(sourceOf(method, headers), known, socket.localAddress)) {
      const message =
        'Cross-origin requests from web pages are refused. Call the API from a program.'
      throw new ApiError(403, { message, type: 'permissions_denied' })
    }
    await next()
  }
}

/** Browsers leave out `Sec-Fetch-Site` over http on a network. `Origin` comes with every change. */
function isForeign(
  source: RequestSource,
  known: KnownHosts,
  localAddress: string | undefined,
): boolean {
  if (isFromAnotherOrigin(source)) return !isNavigation(source)
  const { method, origin } = source
  if (SAFE_METHODS.has(method) || origin === undefined) return false
  return !URL.canParse(origin) || !isKnownHost(known, new URL(origin).host, localAddress)
}
