import type { Field } from './field.ts'
import { HOP_BY_HOP } from './hop-by-hop.ts'

/**
 * What a trailer must not say, as somebody might merge it into the header (RFC 9110 section 6.5.1): framing, routing,
 * who asks, how to read the body, and whatever is ours to say.
 */
const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'trailer',
  'host',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'cookie',
  'set-cookie',
  'age',
  'cache-control',
  'date',
  'expires',
  'location',
  'retry-after',
  'vary',
  'warning',
  'pragma',
  'range',
  'expect',
  'max-forwards',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'content-encoding',
  'content-range',
  'content-type',
])

/** The end of a chunked body, with the trailers that travel on. */
export function lastChunk(trailers: readonly Field[]): string {
  let text = '0\r\n'
  for (const { name, plain, value } of trailers) {
    if (!DROPPED.has(plain)) text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}
