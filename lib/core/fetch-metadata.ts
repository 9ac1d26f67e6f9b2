/** Methods that change nothing (RFC 9110 section 9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What a browser says about where a request comes from (Fetch Metadata, `Origin`). Scripts can set none of it. */
export type FetchMetadata = {
  method: string
  origin: string | undefined
  /** `Sec-Fetch-Site`, which browsers send over https and to localhost. */
  fetchSite: string | undefined
  /** `Sec-Fetch-Mode`. */
  fetchMode: string | undefined
}

/**
 * Whether a browser says that a page of another origin asks, be it another port of the same host.
 * Programs other than browsers say nothing.
 */
export function isFromAnotherOrigin({ fetchSite }: FetchMetadata): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

/** Whether a person follows a link or types an address. */
export function isNavigation({ method, fetchMode }: FetchMetadata): boolean {
  return SAFE_METHODS.has(method) && fetchMode === 'navigate'
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a request's headers say. */
export function fetchMetadata(method: string | undefined, headers: Headers): FetchMetadata {
  const single = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  return {
    method: method ?? 'GET',
    origin: single('origin'),
    fetchSite: single('sec-fetch-site'),
    fetchMode: single('sec-fetch-mode'),
  }
}
