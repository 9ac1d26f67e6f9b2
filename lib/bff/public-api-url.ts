const EVERY_ADDRESS = ['0.0.0.0', '::']

/**
 * The control plane's URL for the visitor. If it listens on all addresses, this is the one that the visitor uses for the
 * console.
 * @param host what console and control plane listen on
 * @param visited the Host header of the visitor's request
 */
export function publicApiUrl(apiUrl: string, host: string, visited: string | null): string {
  if (!EVERY_ADDRESS.includes(host) || visited === null) return apiUrl
  const base = `http://${visited}`
  if (!URL.canParse(base)) return apiUrl
  const url = new URL(apiUrl)
  url.hostname = new URL(base).hostname
  return url.origin
}
