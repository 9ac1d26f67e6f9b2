import { cookieName } from './cookie-name.ts'
import { cookiesOf } from './session.ts'

/**
 * The cookie of a browser that has logged in before: the control plane holds it off less, whatever others in its network
 * do (`lib/control-plane/accounts/known-devices.ts`). It opens nothing, stays when its person logs out, and no script in
 * the browser can read it.
 */
const NAME = 'fairlead_device'

/** As long as the control plane knows a device. */
const MAX_AGE_SECONDS = 180 * 24 * 60 * 60

const TOKEN = /^[\w.-]{16,256}$/

/** The token of a `Cookie` header, or null where it has none that could be one. */
export function deviceToken(cookieHeader: string | null): string | null {
  const cookies = cookiesOf(cookieHeader)
  const token = cookies.get(cookieName(NAME, true)) ?? cookies.get(cookieName(NAME, false))
  return token !== undefined && TOKEN.test(token) ? token : null
}

/** `Set-Cookie` for a browser that has just logged in; the request's Origin tells whether it came over https. */
export function deviceCookie(token: string, origin: string | null): string {
  const secure = origin?.startsWith('https://') ?? false
  const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}`
  return `${cookieName(NAME, secure)}=${token}; ${flags}${secure ? '; Secure' : ''}`
}
