import type { Field } from './field.ts'
import { declaredFraming, headLines, listOf, parseFields } from './fields.ts'
import { type Framing, NO_BODY, UNTIL_CLOSE } from './framing.ts'
import { HttpError } from './http-error.ts'

export type ResponseHead = {
  status: number
  reason: string
  version: 10 | 11
  fields: Field[]
  framing: Framing
  keepAlive: boolean
  upgrade: string | null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const STATUS_LINE = /^HTTP\/1\.(\d) (\d{3})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/

/**
 * Reads a response's head as strictly as a request's.
 * @throws HttpError 502.
 */
export function parseResponseHead(head: Buffer, requestMethod: string): ResponseHead {
  const { start, lines } = headLines(head)
  const match = STATUS_LINE.exec(start)
  if (!match) throw new HttpError(502, "The server's status line is malformed.")
  const version: 10 | 11 = match[1] === '0' ? 10 : 11
  const status = Number(match[2])
  if (status < 100 || status > 599)
    throw new HttpError(502, `The server's status ${status} is unknown.`)
  const fields = parseFields(lines, 502)
  const framing = responseFraming(fields, status, requestMethod)
  const connection = listOf(fields, 'connection')
  const persistent =
    version === 11 ? !connection.includes('close') : connection.includes('keep-alive')
  return {
    status,
    reason: match[3] ?? '',
    version,
    fields,
    framing,
    keepAlive: persistent && framing.type !== 'until_close',
    upgrade: connection.includes('upgrade') ? (listOf(fields, 'upgrade')[0] ?? null) : null,
  }
}

/** RFC 9112 section 6.3. */
function responseFraming(fields: Field[], status: number, requestMethod: string): Framing {
  const declared = declaredFraming(fields, 502)
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return NO_BODY
  return declared ?? UNTIL_CLOSE
}
