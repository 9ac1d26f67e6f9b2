import type { RequestHead } from './message/request-head.ts'

/** RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Whether a request may be sent again when the server may have seen it: idempotent, and no body is lost. */
export function isRepeatable({ method, framing }: RequestHead): boolean {
  return framing.type === 'none' && IDEMPOTENT.has(method)
}
