import { HttpError } from './http-error.ts'

/** Visible ASCII, and no fragment (RFC 9112 section 3.2). */
const TARGET = /^[\x21\x22\x24-\x7e]+$/
/** A name or an address, with an optional port. No user, no list (RFC 9110 section 7.2). */
const AUTHORITY = /^(?:[A-Za-z0-9._~%!$&'()*+;=-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/
const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i

/** @throws HttpError 400 */
export function checkHost(host: string): void {
  // A client sends an empty Host if the target has no authority.
  if (host !== '' && !AUTHORITY.test(host)) throw new HttpError(400, 'Host is malformed.')
}

/**
 * The target as it is forwarded, and the host: the authority of an absolute target replaces the Host field (RFC 9112 section 3.2).
 * @throws HttpError 400
 */
export function readTarget(
  method: string,
  target: string,
  host: string,
): { target: string; host: string } {
  if (!TARGET.test(target)) {
    throw new HttpError(400, 'The address has a character that it may not have.')
  }
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) return { target, host }
  const [, authority = '', path = ''] = ABSOLUTE.exec(target) ?? []
  if (!AUTHORITY.test(authority)) throw new HttpError(400, 'The address is malformed.')
  if (path === '') return { target: method === 'OPTIONS' ? '*' : '/', host: authority }
  return { target: path.startsWith('/') ? path : `/${path}`, host: authority }
}
