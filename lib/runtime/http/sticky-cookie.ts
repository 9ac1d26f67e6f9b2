import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { Server } from '../server.ts'
import type { Field } from './message/field.ts'
import type { ResponseStickiness } from './message/response-stickiness.ts'

const NO_VALUES: readonly string[] = []

/** All values of a cookie in a request, in order, from all Cookie fields (RFC 6265 section 5.4). */
export function cookieValues(fields: readonly Field[], name: string): readonly string[] {
  let values: string[] | null = null
  for (const field of fields) {
    if (field.lower !== 'cookie') continue
    for (const pair of field.value.split(';')) {
      const equals = pair.indexOf('=')
      if (equals <= 0 || pair.slice(0, equals).trim() !== name) continue
      values ??= []
      values.push(pair.slice(equals + 1).trim())
    }
  }
  return values ?? NO_VALUES
}

/** The values of the backend's sticky cookie in a request; none without sticky sessions by cookie. */
export function stickyCookieValues(
  { sticky }: DesiredBackend,
  fields: readonly Field[],
): readonly string[] {
  return sticky.type === 'cookie' ? cookieValues(fields, sticky.name) : NO_VALUES
}

/**
 * How the sticky cookie changes a response head; null without sticky sessions by cookie.
 * @param cookies that the client sent
 * @param server null for an interim response, which sets no cookie
 */
export function responseStickiness(
  { sticky }: DesiredBackend,
  cookies: readonly string[],
  server: Server | null,
): ResponseStickiness | null {
  if (sticky.type !== 'cookie') return null
  const isKept = !server || cookies.includes(server.opaqueId)
  return {
    cookieName: sticky.name,
    setCookie: isKept ? null : setCookieValue(sticky.name, server.opaqueId),
    nocache: sticky.nocache,
  }
}

/** Without Secure, because the load balancer does not know whether clients use TLS. */
function setCookieValue(name: string, opaqueId: string): string {
  return `${name}=${opaqueId}; Path=/; HttpOnly; SameSite=Lax`
}
