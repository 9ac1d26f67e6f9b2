import { CHUNKED, type Framing, UNTIL_CLOSE } from './message/framing.ts'
import type { ResponseHead } from './message/response-head.ts'

/** How a body goes on to the client: HTTP/1.0 knows no chunks, and HTTP/1.1 needs no closing. RFC 9112 section 6.3. */
export function clientFraming({ framing }: ResponseHead, clientVersion: 10 | 11): Framing {
  if (framing.type === 'none' || framing.type === 'length') return framing
  return clientVersion === 11 ? CHUNKED : UNTIL_CLOSE
}
