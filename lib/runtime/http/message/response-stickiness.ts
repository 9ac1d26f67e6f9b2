import type { Field } from './field.ts'
import type { ResponseHead } from './response-head.ts'

/** How a sticky cookie changes a response head. */
export type ResponseStickiness = {
  /** The server's cookies of this name are removed. */
  cookieName: string
  /** The Set-Cookie value; null if the client already has this server's cookie. */
  setCookie: string | null
  /** Whether a response that sets the cookie is marked private, because shared caches would give the cookie to all clients. */
  nocache: boolean
}

/** Statuses that are cacheable by default (RFC 9110 section 15.1), and 304, which updates a stored response. */
const HEURISTICALLY_CACHEABLE = new Set([
  200, 203, 204, 206, 300, 301, 304, 308, 404, 405, 410, 414, 501,
])
/** With one of these in Cache-Control, no shared cache reuses the response without revalidation. */
const UNSHARED = new Set(['private', 'no-store', 'no-cache', 'max-age=0', 's-maxage=0'])
const EXPLICITLY_CACHEABLE = /^(?:public$|max-age=|s-maxage=)/

/** Methods whose responses count as cacheable: those of RFC 9110, and OPTIONS as in HAProxy. */
const CACHEABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a shared cache may store a response and reuse it (RFC 9111 section 3). */
export function mayBeStored({ status, fields }: ResponseHead, method: string): boolean {
  const directives = directivesOf(fields)
  if (directives.some((directive) => UNSHARED.has(directive))) return false
  if (!CACHEABLE_METHODS.has(method)) return directives.includes('public')
  if (HEURISTICALLY_CACHEABLE.has(status)) return directives.length > 0 || !pragmaForbids(fields)
  return (
    directives.some((directive) => EXPLICITLY_CACHEABLE.test(directive)) ||
    fields.some(({ lower }) => lower === 'expires')
  )
}

function directivesOf(fields: readonly Field[]): string[] {
  return fields
    .filter(({ lower }) => lower === 'cache-control')
    .flatMap(({ value }) => value.toLowerCase().split(','))
    .map((directive) => directive.trim())
}

/** HTTP/1.0's predecessor of Cache-Control (RFC 9111 section 5.4). */
function pragmaForbids(fields: readonly Field[]): boolean {
  return fields.some(
    ({ lower, value }) => lower === 'pragma' && value.trim().toLowerCase() === 'no-cache',
  )
}
