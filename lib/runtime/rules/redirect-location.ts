import { withoutPort } from '#lib/core/host.ts'
import {
  fillRedirectTarget,
  parseRedirectTarget,
  RedirectTargetError,
  type RedirectTemplate,
} from '#lib/core/redirect-target.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import type { RequestMatch } from './request-match.ts'

type To = Extract<DesiredAcl['action'], { type: 'redirect' }>['to']

/** A compiled redirect: to another scheme of the same address, or to a target. */
export type Redirect = { scheme: string } | RedirectTemplate

/** A scheme (RFC 3986 section 3.1). */
const SCHEME = /^[a-z][a-z0-9+.-]*$/i

/** @throws RedirectTargetError */
export function compileRedirect(to: To): Redirect {
  if (to.type === 'location') return parseRedirectTarget(to.target)
  if (!SCHEME.test(to.scheme)) throw new RedirectTargetError('Target must be a scheme.')
  return { scheme: to.scheme }
}

/**
 * The location of a redirect, visible ASCII: another scheme of the same address without its port, or a target in which `{{scheme}}`,
 * `{{host}}` (without port), `{{path}}` and `{{query}}` (without `?`) are replaced by the request's.
 * @param ownAddress the host for a request without one
 */
export function redirectLocation(
  redirect: Redirect,
  { head }: RequestMatch,
  ownAddress: string,
): string {
  const host = head.host === '' ? ownAddress : withoutPort(head.host)
  const target = head.target === '*' ? '/' : head.target
  if ('scheme' in redirect) return `${redirect.scheme}://${host}${target}`
  const question = target.indexOf('?')
  return fillRedirectTarget(redirect, {
    scheme: 'http',
    host,
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? '' : target.slice(question + 1),
  })
}
