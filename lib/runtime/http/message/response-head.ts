import { controlFields, membersOf, persists, upgradeOf } from './control-fields.ts'
import type { Field } from './field.ts'
import { parseFields } from './fields.ts'
import { declaredFraming, type Framing, NO_BODY, UNTIL_CLOSE } from './framing.ts'
import { HttpError } from './http-error.ts'

export type ResponseHead = {
  status: number
  reason: string
  version: 10 | 11
  /** As received, latin1, including the last field's CRLF. */
  text: string
  fields: Field[]
  /** The members of Connection, in lower case. */
  connection: readonly string[]
  framing: Framing
  /** Whether the server's connection may carry another request. */
  keepAlive: boolean
  upgrade: string | null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it excludes control characters.
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-5]\d\d)(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/

/**
 * Parses a response head as strictly as a request head.
 * @param head with its final empty line
 * @param requestMethod of its request: a response to HEAD has no body
 * @throws HttpError 502
 */
export function parseResponseHead(head: Buffer, requestMethod: string): ResponseHead {
  const text = head.toString('latin1', 0, head.length - 2)
  const lineEnd = text.indexOf('\r\n')
  const match = STATUS_LINE.exec(text.slice(0, lineEnd))
  if (!match) throw new HttpError(502, "The server's status line is malformed.")
  const [, minor, code, reason = ''] = match
  const version: 10 | 11 = minor === '0' ? 10 : 11
  const status = Number(code)
  const fields = parseFields(head, text, lineEnd + 2, 502)
  const control = controlFields(fields)
  const declared = declaredFraming(control, version, 502)
  const framing = framingOf(declared, status, requestMethod)
  const connection = membersOf(control.connection)
  return {
    status,
    reason,
    version,
    text,
    fields,
    connection,
    framing,
    keepAlive: persists(version, connection) && endIsKnown(framing, declared, status),
    upgrade: upgradeOf(control, connection),
  }
}

/** RFC 9112 section 6.3. */
function framingOf(declared: Framing | null, status: number, requestMethod: string): Framing {
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return NO_BODY
  return declared ?? UNTIL_CLOSE
}

/** A server that declares a body where none is allowed may send it, and it would be taken for the next response. */
function endIsKnown(framing: Framing, declared: Framing | null, status: number): boolean {
  if (framing.type === 'until_close') return false
  const empty = declared === null || (declared.type === 'length' && declared.length === 0)
  return empty || (status >= 200 && status !== 204)
}
