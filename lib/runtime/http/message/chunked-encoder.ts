import type { Field } from './field.ts'
import { HOP_BY_HOP } from './hop-by-hop.ts'

/** A connection or buffer that a message is written to, piece by piece. */
export interface ByteSink {
  /** Latin1. */
  writeText(text: string): void
  writeBytes(bytes: Buffer): void
}

/** Writes one chunk of a chunked body (RFC 9112 section 7.1). */
export function writeChunk(sink: ByteSink, data: Buffer): void {
  sink.writeText(`${data.length.toString(16)}\r\n`)
  sink.writeBytes(data)
  sink.writeText('\r\n')
}

/**
 * Fields that are dropped from trailers, because a recipient may merge trailers into the header (RFC 9110 section 6.5.1): framing,
 * routing, authentication, request modifiers, response control, content format, and the fields that the load balancer sets.
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

/** The last chunk of a body, with the trailers that are forwarded. */
export function lastChunk(trailers: readonly Field[]): string {
  let text = '0\r\n'
  for (const { name, plain, value } of trailers) {
    if (!DROPPED.has(plain)) text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}
