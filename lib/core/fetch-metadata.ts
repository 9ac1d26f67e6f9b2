/** Methods that change nothing (RFC 9110 section 9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The headers in which a browser names the origin of a request (Fetch Metadata, `Origin`). Scripts can't set them. */
export type FetchMetadata = {
  method: string
  origin: string | undefined
  /** `Sec-Fetch-Site`, which browsers send over https and to localhost. */
  fetchSite: string | undefined
  /** `Sec-Fetch-Mode`. */
  fetchMode: string | undefined
}

/** Whether a browser marks the request as cross-origin, which includes other ports of the same host. Other programs send no metadata. */
export function isFromAnotherOrigin({ fetchSite }: FetchMetadata): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

/** Whether the request is a navigation: a followed link or a typed address. */
export function isNavigation({ method, fetchMode }: FetchMetadata): boolean {
  return SAFE_METHODS.has(method) && fetchMode === 'navigate'
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Reads the fetch metadata of a request. */
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
