/** Where the log-in leads when it is not told. */
const START = '/network/load-balancers'

const BASE = 'http://console.invalid'

/**
 * The page to go to after the log-in, as its `next` parameter names it: a path of the console itself, never another
 * site, however it is spelled.
 */
export function nextPath(next: string | string[] | undefined): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, BASE)) return START
  const url = new URL(next, BASE)
  if (url.origin !== BASE || url.pathname === '/' || url.pathname.startsWith('//')) return START
  return url.pathname + url.search
}
