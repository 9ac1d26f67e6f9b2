import { encodeBeyondAscii, isSendable } from './wire-text.ts'

const ABSOLUTE = /^https?:\/\/(?!\/)/i

/**
 * The request target of an HTTP health check in visible ASCII: path and query of a path or an absolute URL, without the fragment
 * (RFC 9110 section 7.1).
 * @returns null if `uri` is neither
 */
export function parseCheckTarget(uri: string): string | null {
  if (!isSendable(uri)) return null
  const [address = ''] = uri.split('#')
  if (address.startsWith('/')) return encodeBeyondAscii(address)
  if (!ABSOLUTE.test(address) || !URL.canParse(address)) return null
  const { pathname, search } = new URL(address)
  return encodeBeyondAscii(pathname + search)
}

/** Whether it is a valid user name in the MySQL and PostgreSQL protocols: NUL-terminated UTF-8. */
export function isDatabaseUser(user: string): boolean {
  return user !== '' && isSendable(user)
}
