import type { Field } from './field.ts'
import type { ResponseHead } from './response-head.ts'

/** What stickiness by cookie does to an answer's head. */
export type ResponseStickiness = {
  /** The balancer's own cookie: the server's of that name are taken out. */
  cookieName: string
  /** The Set-Cookie value for a client that has another server's, or none; null where it has this server's. */
  setCookie: string | null
  /** Whether an answer that sets the cookie is kept out of shared caches, which would hand one client's to all. */
  nocache: boolean
}

/** Those that caches may store without being told to (RFC 9110 section 15.1), and 304, which changes what is stored. */
const HEURISTICALLY_CACHEABLE = new Set([
  200, 203, 204, 206, 300, 301, 304, 308, 404, 405, 410, 414, 501,
])
/** One of these in Cache-Control, and no shared cache hands the answer on without asking. */
const UNSHARED = new Set(['private', 'no-store', 'no-cache', 'max-age=0', 's-maxage=0'])
const EXPLICITLY_CACHEABLE = /^(?:public$|max-age=|s-maxage=)/

/** Methods whose answers are taken for cacheable: OPTIONS as in HAProxy, though RFC 9110 has only the others. */
const CACHEABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a shared cache may store an answer and hand it to others (RFC 9111 section 3). */
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

/** What HTTP/1.0 has in place of Cache-Control (RFC 9111 section 5.4). */
function pragmaForbids(fields: readonly Field[]): boolean {
  return fields.some(
    ({ lower, value }) => lower === 'pragma' && value.trim().toLowerCase() === 'no-cache',
  )
}
