import type { ControlFields } from './control-fields.ts'
import { HttpError } from './http-error.ts'

/** How a message's body ends (RFC 9112 section 6.3). `until_close` is for responses only. */
export type Framing =
  | { type: 'none' }
  | { type: 'length'; length: number }
  | { type: 'chunked' }
  | { type: 'until_close' }

export const NO_BODY: Framing = { type: 'none' }
const CHUNKED: Framing = { type: 'chunked' }
export const UNTIL_CLOSE: Framing = { type: 'until_close' }

/**
 * The framing of a response to the client (RFC 9112 section 6.3): HTTP/1.0 has no chunks, and HTTP/1.1 does not need to close the
 * connection.
 */
export function clientFraming(framing: Framing, clientVersion: 10 | 11): Framing {
  if (framing.type === 'none' || framing.type === 'length') return framing
  return clientVersion === 11 ? CHUNKED : UNTIL_CLOSE
}

/**
 * The framing that Content-Length and Transfer-Encoding declare (RFC 9112 section 6); null if there is neither.
 * @throws HttpError `status`, or 501 for a client's transfer coding that is not supported
 */
export function declaredFraming(
  { contentLength, transferEncoding }: ControlFields,
  version: 10 | 11,
  status: 400 | 502,
): Framing | null {
  if (transferEncoding !== null) {
    if (contentLength !== null) {
      throw new HttpError(status, 'Both Content-Length and Transfer-Encoding are given.')
    }
    if (version === 10) throw new HttpError(status, 'HTTP/1.0 has no transfer codings.')
    return chunkedOnly(transferEncoding, status)
  }
  if (contentLength === null) return null
  if (!/^\d{1,15}$/.test(contentLength)) throw new HttpError(status, 'Content-Length is malformed.')
  return { type: 'length', length: Number(contentLength) }
}

function chunkedOnly(value: string, status: 400 | 502): Framing {
  if (value.toLowerCase() === 'chunked') return { type: 'chunked' }
  const stacked = /^(?!chunked\b)[a-z]+[ \t]*,[ \t]*chunked$/i.test(value)
  if (stacked && status === 400) {
    throw new HttpError(501, 'Only the transfer coding chunked is supported.')
  }
  throw new HttpError(status, 'Transfer-Encoding is malformed.')
}
