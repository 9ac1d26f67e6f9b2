import { COLON, CR, IN_TOKEN, IN_VALUE, LF, SPACE, TAB } from './characters.ts'
import { Field } from './field.ts'
import { fieldName, nextHash } from './field-names.ts'
import { HttpError } from './http-error.ts'

export const FIELDS_MAX = 100

/**
 * Parses the header fields of a head from `start` on (RFC 9112 section 5). Refuses ambiguous lines: bare CR or LF, folded lines, white
 * space around a name.
 * @param text the bytes as latin1
 * @param status of the error for a malformed field: 400, or 502 for a response
 * @throws HttpError `status`; 431 for a request with more than 100 fields
 */
export function parseFields(
  bytes: Buffer,
  text: string,
  start: number,
  status: 400 | 502,
): Field[] {
  const fields: Field[] = []
  for (let at = start; at < text.length; ) {
    if (fields.length === FIELDS_MAX) {
      throw new HttpError(status === 400 ? 431 : status, `More than ${FIELDS_MAX} header fields.`)
    }
    const field = parseField(bytes, text, at, status)
    fields.push(field)
    at = field.end
  }
  return fields
}

function parseField(bytes: Buffer, text: string, start: number, status: 400 | 502): Field {
  let at = start
  let hash = 0
  for (; IN_TOKEN[bytes[at] as number] === 1; at += 1) hash = nextHash(hash, bytes[at] as number)
  if (at === start || bytes[at] !== COLON) {
    throw new HttpError(status, 'A header field is malformed.')
  }
  const nameEnd = at
  // Spaces and tabs only: String.trim removes more than HTTP allows.
  do at += 1
  while (isSpace(bytes[at]))
  const valueStart = at
  while (IN_VALUE[bytes[at] as number] === 1) at += 1
  if (bytes[at] !== CR || bytes[at + 1] !== LF) {
    throw new HttpError(status, 'A header field has a control character.')
  }
  const end = at + 2
  while (at > valueStart && isSpace(bytes[at - 1])) at -= 1
  const name = fieldName(text, start, nameEnd, hash)
  return new Field(text, name, { start, nameEnd, valueStart, valueEnd: at, end })
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}
