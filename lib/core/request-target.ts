export const MALFORMED_TARGET = 'The address of the request is malformed.'

/** Whether a request's target is a path and query (RFC 9112 section 3.2.1) with valid percent-encoded UTF-8 and without NUL, which databases can't store. */
export function isWellFormedTarget(target: string): boolean {
  if (!target.startsWith('/')) return false
  try {
    return !decodeURIComponent(target).includes('\0')
  } catch {
    return false
  }
}
