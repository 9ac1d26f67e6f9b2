import {
  type ControlFields,
  controlFields,
  membersOf,
  persists,
  upgradeOf,
} from './control-fields.ts'
import type { Field } from './field.ts'
import { parseFields } from './fields.ts'
import { declaredFraming, type Framing, NO_BODY } from './framing.ts'
import { TARGET_MAX_BYTES } from './head-buffer.ts'
import { HttpError } from './http-error.ts'
import { checkHost, readTarget } from './request-target.ts'

export type RequestHead = {
  method: string
  /** In origin form, as it is forwarded; `*` for OPTIONS of the whole server. */
  target: string
  /** 10 for HTTP/1.0, 11 for any later HTTP/1. */
  version: 10 | 11
  /** As received, latin1, including the last field's CRLF. */
  text: string
  fields: Field[]
  /** The members of Connection, in lower case. */
  connection: readonly string[]
  framing: Framing
  host: string
  keepAlive: boolean
  expectContinue: boolean
  /** Whether the client accepts trailers (RFC 9110 section 10.1.4). */
  takesTrailers: boolean
  /** The protocol of a requested upgrade, in lower case; null without one. */
  upgrade: string | null
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) HTTP\/(\d)\.(\d)$/
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE'])

/**
 * Parses a request head strictly: ambiguous input is refused (RFC 9112).
 * @param head with its final empty line
 * @throws HttpError 400, 405, 414, 417, 431, 501 or 505
 */
export function parseRequestHead(head: Buffer): RequestHead {
  const text = head.toString('latin1', 0, head.length - 2)
  const lineEnd = text.indexOf('\r\n')
  const line = parseRequestLine(text.slice(0, lineEnd))
  const fields = parseFields(head, text, lineEnd + 2, 400)
  const control = controlFields(fields)
  const { method, version } = line
  const framing = declaredFraming(control, version, 400) ?? NO_BODY
  const { target, host } = readTarget(method, line.target, hostOf(control, version))
  const connection = membersOf(control.connection)
  return {
    method,
    target,
    version,
    text,
    fields,
    connection,
    framing,
    host,
    keepAlive: persists(version, connection),
    expectContinue: expectsContinue(control) && version === 11,
    takesTrailers: version === 11 && membersOf(control.te).includes('trailers'),
    upgrade: version === 11 && isEmpty(framing) ? upgradeOf(control, connection) : null,
  }
}

function parseRequestLine(line: string) {
  const match = REQUEST_LINE.exec(line)
  if (!match) throw new HttpError(400, 'The request line is malformed.')
  const [, method = '', target = '', major, minor] = match
  if (major !== '1') throw new HttpError(505, 'Only HTTP/1.0 and HTTP/1.1 are supported.')
  if (target.length > TARGET_MAX_BYTES)
    throw new HttpError(414, 'The address is longer than 8 KiB.')
  if (REFUSED_METHODS.has(method)) throw new HttpError(405, `${method} is not supported.`)
  const version: 10 | 11 = minor === '0' ? 10 : 11
  return { method, target, version }
}

function hostOf({ host }: ControlFields, version: 10 | 11): string {
  if (host === null && version === 11) throw new HttpError(400, 'Host is missing.')
  checkHost(host ?? '')
  return host ?? ''
}

function expectsContinue({ expect }: ControlFields): boolean {
  if (expect === null) return false
  if (membersOf(expect).every((member) => member === '100-continue')) return true
  throw new HttpError(417, 'Only the expectation 100-continue is supported.')
}

/** RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Whether a request can be retried although a server may have received it: it is idempotent and has no body. */
export function isRetryable({ method, framing }: RequestHead): boolean {
  return framing.type === 'none' && IDEMPOTENT.has(method)
}

function isEmpty(framing: Framing): boolean {
  return framing.type === 'none' || (framing.type === 'length' && framing.length === 0)
}
