import type { Field } from './message/field.ts'

/** The value of a cookie in a request, or null where it is not there. RFC 6265 section 5.4. */
export function cookieValue(fields: readonly Field[], name: string): string | null {
  for (const field of fields) {
    if (field.lower !== 'cookie') continue
    for (const pair of field.value.split(';')) {
      const equals = pair.indexOf('=')
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
  }
  return null
}

/** The Set-Cookie value by which a client keeps its server. No Secure: the balancer does not see whether TLS is on. */
export function stickyCookie(name: string, opaqueId: string): string {
  return `${name}=${opaqueId}; Path=/; HttpOnly; SameSite=Lax`
}
