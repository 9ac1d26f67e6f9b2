import {
  type ControlFields,
  controlFields,
  membersOf,
  persists,
  upgradeOf,
} from './control-fields.ts'
import { declaredFraming } from './declared-framing.ts'
import type { Field } from './field.ts'
import { parseFields } from './fields.ts'
import { type Framing, NO_BODY } from './framing.ts'
import { TARGET_MAX_BYTES } from './head-buffer.ts'
import { HttpError } from './http-error.ts'
import { checkHost, readTarget } from './request-target.ts'

export type RequestHead = {
  method: string
  /** In origin form, as it is forwarded; `*` for OPTIONS of a whole server. */
  target: string
  /** 10 for HTTP/1.0, 11 for any later HTTP/1. */
  version: 10 | 11
  /** As it came, latin1, up to the last field's CRLF. */
  text: string
  fields: Field[]
  /** What Connection names, in lower case. */
  connection: readonly string[]
  framing: Framing
  host: string
  keepAlive: boolean
  expectContinue: boolean
  /** Whether the client takes trailers (RFC 9110 section 10.1.4). */
  takesTrailers: boolean
  /** The protocol asked for, in lower case; null where the connection stays HTTP. */
  upgrade: string | null
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) HTTP\/(\d)\.(\d)$/
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE'])

/**
 * Reads a request's head strictly: what could be read in two ways is refused, not guessed (RFC 9112).
 * @param head with its closing empty line
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

function isEmpty(framing: Framing): boolean {
  return framing.type === 'none' || (framing.type === 'length' && framing.length === 0)
}
