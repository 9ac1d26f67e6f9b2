import { type FetchMetadata, SAFE_METHODS } from '#lib/core/fetch-metadata.ts'
import { isKnownHost, type KnownHosts } from '#lib/core/known-hosts.ts'

/**
 * Whether a request changes nothing, or is proved to come from the console's own pages. `Sec-Fetch-Site` is sufficient proof:
 * the browser compares the origins that it sees, whatever `Host` a proxy sends. If the public URL is set, `Origin` must also
 * be a known host, because a proxy that replaces `Host` hides DNS rebinding from the host check.
 * @param host the `Host` header
 */
export function isSameOrigin(
  { method, origin, fetchSite }: FetchMetadata,
  host: string | undefined,
  known: KnownHosts,
): boolean {
  if (SAFE_METHODS.has(method)) return true
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false
  if (origin === undefined) return fetchSite === 'same-origin'
  if (origin === known.publicOrigin || isOriginOf(origin, host)) return true
  if (fetchSite === undefined) return false
  return known.publicOrigin === null || isKnownOrigin(origin, known)
}

const isOriginOf = (origin: string, host: string | undefined) =>
  host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()

const isKnownOrigin = (origin: string, known: KnownHosts) =>
  URL.canParse(origin) && isKnownHost(known, new URL(origin).host, undefined)
