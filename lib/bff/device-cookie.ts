import { cookieName } from './cookie-name.ts'
import { cookiesOf } from './session.ts'

/**
 * Marks a browser that has logged in before. The control plane throttles its logins separately from others in its network
 * (`lib/control-plane/accounts/known-devices.ts`). It is HttpOnly, grants no access and outlives the session.
 */
const NAME = 'fairlead_device'

/** How long the control plane remembers a device. */
const MAX_AGE_SECONDS = 180 * 24 * 60 * 60

const TOKEN = /^[\w.-]{16,256}$/

/** The token in a `Cookie` header; null if there is none, or none in the right format. */
export function deviceToken(cookieHeader: string | null): string | null {
  const cookies = cookiesOf(cookieHeader)
  const token = cookies.get(cookieName(NAME, true)) ?? cookies.get(cookieName(NAME, false))
  return token !== undefined && TOKEN.test(token) ? token : null
}

/** `Set-Cookie` for a browser that has just logged in. The request's `Origin` tells whether it uses https. */
export function deviceCookie(token: string, origin: string | null): string {
  const secure = origin?.startsWith('https://') ?? false
  const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}`
  return `${cookieName(NAME, secure)}=${token}; ${flags}${secure ? '; Secure' : ''}`
}
