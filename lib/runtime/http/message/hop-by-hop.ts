import type { Field } from './field.ts'
import { plainName } from './field-names.ts'

/** Fields of one connection, which end here (RFC 9110 section 7.6.1), and framing, which is written anew. */
export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
]

/**
 * The lines of the fields that travel on: without `dropped`, its look-alikes and what Connection names. Lines that are
 * in plain form stay as they are, whole runs of them at once.
 */
export function fieldLines(
  text: string,
  fields: readonly Field[],
  connection: readonly string[],
  dropped: ReadonlySet<string>,
): string {
  let lines = ''
  let start = 0
  let end = 0
  for (const field of fields) {
    if (dropped.has(plainName(field.lower)) || connection.includes(field.lower)) continue
    const plain = isPlain(text, field)
    if (!plain || field.start !== end) {
      lines += text.slice(start, end)
      start = plain ? field.start : field.end
    }
    if (!plain) lines += `${field.name}: ${field.value}\r\n`
    end = field.end
  }
  return lines + text.slice(start, end)
}

/** Whether the line is `name: value` exactly, with the value that the field has now. */
function isPlain(text: string, { name, value, start, end }: Field): boolean {
  return end - start === name.length + value.length + 4 && text[start + name.length + 1] === ' '
}
