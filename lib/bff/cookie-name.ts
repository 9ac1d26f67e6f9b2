import { ownName } from '#lib/core/own-name.ts'
import { installationId } from './settings.ts'

/**
 * A cookie's name. Over https cookies are Secure and carry the `__Host-` prefix (RFC 6265bis section 4.1.3.2), so that no
 * other host or path can set them. Browsers refuse both over plain http, so the cookie then has neither. Cookies ignore ports, so
 * the name contains the installation ID.
 */
export function cookieName(name: string, secure: boolean): string {
  const own = ownName(name, installationId())
  return secure ? `__Host-${own}` : own
}
