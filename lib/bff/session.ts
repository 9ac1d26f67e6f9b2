import { cookieName } from './cookie-name.ts'

/** Holds the control plane's session token. No script in the browser can read it. */
const NAME = 'fairlead_session'

/** Longer than any session: the control plane ends it earlier. */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60

/** The format of a session token: characters that a cookie's value can have unquoted (RFC 6265 section 4.1.1). */
const TOKEN = /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]{16,512}$/

/** The cookies of a `Cookie` header by name. */
export function cookiesOf(header: string | null): Map<string, string> {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return new Map(
    pairs.flatMap((pair): [string, string][] => {
      const equals = pair.indexOf('=')
      return equals > 0 ? [[pair.slice(0, equals), pair.slice(equals + 1)]] : []
    }),
  )
}

/** The session token in a `Cookie` header; null if there is none, or none in the right format. */
export function sessionToken(cookieHeader: string | null): string | null {
  const cookies = cookiesOf(cookieHeader)
  const token = cookies.get(cookieName(NAME, true)) ?? cookies.get(cookieName(NAME, false))
  return token !== undefined && TOKEN.test(token) ? token : null
}

/** Whether a request has the cookie that browsers only send over https. */
export function hasSecureSession(cookieHeader: string | null): boolean {
  return cookiesOf(cookieHeader).has(cookieName(NAME, true))
}

const cookie = (secure: boolean, value: string, maxAge: number) =>
  `${cookieName(NAME, secure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure ? '; Secure' : ''}`

/**
 * `Set-Cookie` for a new session. The request's `Origin` tells whether the visitor uses https, because TLS may be terminated in
 * front of the console. The origin has been checked before.
 */
export function sessionCookie(token: string, origin: string | null): string {
  return cookie(origin?.startsWith('https://') ?? false, token, MAX_AGE_SECONDS)
}

/** `Set-Cookie` values that delete the session's cookies: one for each name that the browser sent. */
export function endedSessionCookies(cookieHeader: string | null): string[] {
  const cookies = cookiesOf(cookieHeader)
  return [true, false]
    .filter((secure) => cookies.has(cookieName(NAME, secure)))
    .map((secure) => cookie(secure, '', 0))
}
