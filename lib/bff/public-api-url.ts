const EVERY_ADDRESS = ['0.0.0.0', '::']

/**
 * The control plane's URL as the visitor reaches it. Where it listens on every address, it is on the one by which the
 * visitor came to the console.
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
