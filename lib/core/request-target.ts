export const MALFORMED_TARGET = 'The address of the request is malformed.'

/** Whether a request's target is a path and query (RFC 9112 section 3.2.1) with valid percent-encoded UTF-8. */
export function isWellFormedTarget(target: string): boolean {
  if (!target.startsWith('/')) return false
  try {
    decodeURIComponent(target)
    return true
  } catch {
    return false
  }
}
