import type { Field } from './field.ts'
import { HttpError } from './http-error.ts'

export const FIELDS_MAX = 100

/** A token (RFC 9110 section 5.6.2). */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/

/**
 * The header fields of a head's lines. Refuses what could be read in two ways: bare CR or LF, folded lines, white space
 * around a name.
 */
export function parseFields(lines: string[], status: number): Field[] {
  if (lines.length > FIELDS_MAX) {
    throw new HttpError(status === 400 ? 431 : status, `More than ${FIELDS_MAX} header fields.`)
  }
  return lines.map((line) => parseField(line, status))
}

function parseField(line: string, status: number): Field {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  if (colon < 1 || !TOKEN.test(name)) throw new HttpError(status, 'A header field is malformed.')
  const value = trimOptionalSpace(line.slice(colon + 1))
  if (FORBIDDEN_IN_VALUE.test(value)) {
    throw new HttpError(status, 'A header field has a control character.')
  }
  return { name, lower: name.toLowerCase(), value }
}

/** Spaces and tabs only: String.trim would take more than HTTP allows. */
function trimOptionalSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9
}

/** The members of a comma-separated field, all its lines together, in lower case. */
export function listOf(fields: readonly Field[], lower: string): string[] {
  return fields
    .filter((field) => field.lower === lower)
    .flatMap((field) => field.value.split(','))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '')
}

/** The start line and the field lines of a head. */
export function headLines(head: Buffer): { start: string; lines: string[] } {
  const [start = '', ...lines] = head.toString('latin1', 0, head.length - 4).split('\r\n')
  return { start, lines }
}

/** What `Transfer-Encoding` and `Content-Length` say of the body; null where they say nothing. */
export function declaredFraming(
  fields: readonly Field[],
  status: number,
): { type: 'length'; length: number } | { type: 'chunked' } | null {
  const lengths = fields.filter(({ lower }) => lower === 'content-length')
  const codings = fields.filter(({ lower }) => lower === 'transfer-encoding')
  if (lengths.length + codings.length > 1) {
    throw new HttpError(status, 'The length of the body is given more than once.')
  }
  const [coding] = codings
  if (coding) return chunkedOnly(coding.value, status)
  const [length] = lengths
  if (!length) return null
  if (!/^\d{1,15}$/.test(length.value)) throw new HttpError(status, 'Content-Length is malformed.')
  return { type: 'length', length: Number(length.value) }
}

function chunkedOnly(value: string, status: number): { type: 'chunked' } {
  if (value.toLowerCase() === 'chunked') return { type: 'chunked' }
  const stacked = /^[a-z]+\s*,\s*chunked$/i.test(value) && !/^chunked/i.test(value)
  if (stacked && status === 400)
    throw new HttpError(501, 'Only the transfer coding chunked is supported.')
  throw new HttpError(status, 'Transfer-Encoding is malformed.')
}
