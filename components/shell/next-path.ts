/** The page after the log-in by default. */
const START = '/network/load-balancers'

const BASE = 'http://console.invalid'

/**
 * The page after the log-in, of its `next` parameter. It is always a path of the console, never another site.
 */
export function nextPath(next: string | string[] | undefined): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, BASE)) return START
  const url = new URL(next, BASE)
  if (url.origin !== BASE || url.pathname === '/' || url.pathname.startsWith('//')) return START
  return url.pathname + url.search
}
