import type { Field } from './message/field.ts'

const NO_VALUES: readonly string[] = []

/** All values of a cookie in a request, in order, from all Cookie fields. RFC 6265 section 5.4. */
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

/** The Set-Cookie value by which a client keeps its server. No Secure: the balancer does not see whether TLS is on. */
export function stickyCookie(name: string, opaqueId: string): string {
  return `${name}=${opaqueId}; Path=/; HttpOnly; SameSite=Lax`
}
