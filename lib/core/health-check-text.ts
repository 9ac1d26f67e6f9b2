import { encodeBeyondAscii, isSendable } from './wire-text.ts'

const ABSOLUTE = /^https?:\/\/(?!\/)/i

/**
 * What an HTTP health check asks for: the path and query of a path or of an absolute URL, in visible ASCII. A fragment is
 * never sent (RFC 9110 section 7.1).
 * @returns null for what is neither
 */
export function parseCheckTarget(uri: string): string | null {
  if (!isSendable(uri)) return null
  const [address = ''] = uri.split('#')
  if (address.startsWith('/')) return encodeBeyondAscii(address)
  if (!ABSOLUTE.test(address) || !URL.canParse(address)) return null
  const { pathname, search } = new URL(address)
  return encodeBeyondAscii(pathname + search)
}

/** Whether the protocols of MySQL and PostgreSQL can carry it as a user: UTF-8 that ends at a NUL. */
export function isDatabaseUser(user: string): boolean {
  return user !== '' && isSendable(user)
}
