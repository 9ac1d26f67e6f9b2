import { ownName } from '#lib/core/own-name.ts'
import { installationId } from './settings.ts'

/**
 * A cookie's name. Over https cookies are Secure and carry the `__Host-` prefix (RFC 6265bis section 4.1.3.2), so that no
 * other host or path can set them; over plain http browsers refuse both, and cookies go without. Cookies ignore ports, so
 * names have the installation's identity.
 */
export function cookieName(name: string, secure: boolean): string {
  const own = ownName(name, installationId())
  return secure ? `__Host-${own}` : own
}
