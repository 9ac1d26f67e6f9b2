import { cookieName } from './cookie-name.ts'

/** Holds the control plane's session token. No script in the browser can read it. */
const NAME = 'fairlead_session'

/** The control plane ends sessions earlier than this; the cookie need only not end before them. */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60

/** What a session token may look like: characters that a cookie's value can carry unquoted (RFC 6265 section 4.1.1). */
const TOKEN = /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]{16,512}$/

/** The cookies of a `Cookie` header by their names. */
export function cookiesOf(header: string | null): Map<string, string> {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return new Map(
    pairs.flatMap((pair): [string, string][] => {
      const equals = pair.indexOf('=')
      return equals > 0 ? [[pair.slice(0, equals), pair.slice(equals + 1)]] : []
    }),
  )
}

/** The session token of a `Cookie` header, or null where it has none that could be one. */
export function sessionToken(cookieHeader: string | null): string | null {
  const cookies = cookiesOf(cookieHeader)
  const token = cookies.get(cookieName(NAME, true)) ?? cookies.get(cookieName(NAME, false))
  return token !== undefined && TOKEN.test(token) ? token : null
}

/** Whether a request carries the cookie that browsers send over https only. */
export function hasSecureSession(cookieHeader: string | null): boolean {
  return cookiesOf(cookieHeader).has(cookieName(NAME, true))
}

const cookie = (secure: boolean, value: string, maxAge: number) =>
  `${cookieName(NAME, secure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure ? '; Secure' : ''}`

/**
 * `Set-Cookie` for a new session. Whether it is https is told by the request's Origin: the console itself listens on
 * plain http behind whatever ends TLS, and the request has already proved to be of the same origin.
 */
export function sessionCookie(token: string, origin: string | null): string {
  return cookie(origin?.startsWith('https://') ?? false, token, MAX_AGE_SECONDS)
}

/** `Set-Cookie` values that end the session in this browser: one for each name that it sent. */
export function endedSessionCookies(cookieHeader: string | null): string[] {
  const cookies = cookiesOf(cookieHeader)
  return [true, false]
    .filter((secure) => cookies.has(cookieName(NAME, secure)))
    .map((secure) => cookie(secure, '', 0))
}
