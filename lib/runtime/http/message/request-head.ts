import type { Field } from './field.ts'
import { declaredFraming, headLines, listOf, parseFields } from './fields.ts'
import { type Framing, NO_BODY } from './framing.ts'
import { HttpError } from './http-error.ts'

export const TARGET_MAX_BYTES = 8 * 1024

export type RequestHead = {
  method: string
  /** In origin form, as it is forwarded. */
  target: string
  /** Minor version: 10 for HTTP/1.0, 11 for any later HTTP/1. */
  version: 10 | 11
  fields: Field[]
  framing: Framing
  host: string
  keepAlive: boolean
  expectContinue: boolean
  /** The protocol asked for, in lower case; null where the connection stays HTTP. */
  upgrade: string | null
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) HTTP\/(\d)\.(\d)$/
/** Visible ASCII, and no fragment (RFC 9112 section 3.2). */
const TARGET = /^[\x21\x22\x24-\x7e]+$/
const HOST = /^(?:[A-Za-z0-9._~%!$&'()*+;=-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE'])

/**
 * Reads a request's head strictly: what could be read in two ways is refused, not guessed (RFC 9112).
 * @throws HttpError 400, 405, 414, 417, 431, 501 or 505.
 */
export function parseRequestHead(head: Buffer): RequestHead {
  const { start, lines } = headLines(head)
  const { method, target, version } = parseRequestLine(start)
  const fields = parseFields(lines, 400)
  const host = hostOf(fields, version)
  const framing = requestFraming(fields, version)
  const connection = listOf(fields, 'connection')
  const expect = listOf(fields, 'expect')
  if (expect.some((value) => value !== '100-continue')) {
    throw new HttpError(417, 'Only the expectation 100-continue is supported.')
  }
  const origin = originForm(target, host)
  return {
    method,
    target: origin.target,
    version,
    fields,
    framing,
    host: origin.host,
    keepAlive: version === 11 ? !connection.includes('close') : connection.includes('keep-alive'),
    expectContinue: version === 11 && expect.length > 0,
    upgrade: upgradeOf(fields, version, connection),
  }
}

function parseRequestLine(line: string) {
  const match = REQUEST_LINE.exec(line)
  if (!match) throw new HttpError(400, 'The request line is malformed.')
  const [, method = '', target = '', major, minor] = match
  if (major !== '1') throw new HttpError(505, 'Only HTTP/1.0 and HTTP/1.1 are supported.')
  if (target.length > TARGET_MAX_BYTES) {
    throw new HttpError(414, `The address is longer than ${TARGET_MAX_BYTES / 1024} KiB.`)
  }
  if (!TARGET.test(target))
    throw new HttpError(400, 'The address has a character that it may not have.')
  if (REFUSED_METHODS.has(method)) throw new HttpError(405, `${method} is not supported.`)
  const version: 10 | 11 = minor === '0' ? 10 : 11
  return { method, target, version }
}

function hostOf(fields: Field[], version: 10 | 11): string {
  const hosts = fields.filter(({ lower }) => lower === 'host')
  if (hosts.length > 1) throw new HttpError(400, 'Host is given more than once.')
  const host = hosts[0]?.value
  if (host === undefined && version === 11) throw new HttpError(400, 'Host is missing.')
  if (host !== undefined && !HOST.test(host)) throw new HttpError(400, 'Host is malformed.')
  return host ?? ''
}

function requestFraming(fields: Field[], version: 10 | 11): Framing {
  const declared = declaredFraming(fields, 400)
  if (declared?.type === 'chunked' && version === 10) {
    throw new HttpError(400, 'HTTP/1.0 has no transfer codings.')
  }
  return declared ?? NO_BODY
}

/** An absolute address names the host itself, whatever Host says (RFC 9112 section 3.2.2). */
function originForm(target: string, host: string): { target: string; host: string } {
  if (target.startsWith('/')) return { target, host }
  const absolute = /^https?:\/\/([^/?]+)([/?].*)?$/i.exec(target)
  const authority = absolute?.[1]
  if (!authority || !HOST.test(authority)) throw new HttpError(400, 'The address is malformed.')
  const path = absolute[2] ?? '/'
  return { target: path.startsWith('?') ? `/${path}` : path, host: authority }
}

function upgradeOf(fields: Field[], version: 10 | 11, connection: string[]): string | null {
  const [protocol] = listOf(fields, 'upgrade')
  if (!protocol || version === 10 || !connection.includes('upgrade') || protocol === 'h2c')
    return null
  return protocol
}
