/** Methods that change nothing (RFC 9110 section 9.2.1), and so need no proof. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

type Proof = {
  method: string
  host: string | undefined
  origin: string | undefined
  /** `Sec-Fetch-Site`, which browsers send over https and on localhost, and scripts can't set. */
  fetchSite: string | undefined
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

/** Whether a request is proved to come from the console's own pages, or changes nothing. */
export function isSameOrigin({ method, host, origin, fetchSite }: Proof): boolean {
  if (SAFE.has(method)) return true
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false
  if (origin !== undefined) return host !== undefined && hostOf(origin) === host.toLowerCase()
  return fetchSite === 'same-origin'
}
