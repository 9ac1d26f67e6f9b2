import type { Field } from './field.ts'

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

/** Another value for a field; null to drop it, undefined to leave it as it is. */
export type Rewrite = (field: Field) => string | null | undefined

/**
 * The lines of the fields that travel on: without `dropped`, its look-alikes and what Connection names. Lines that are
 * tidy stay as they are, whole runs of them at once.
 */
export function fieldLines(
  text: string,
  fields: readonly Field[],
  connection: readonly string[],
  dropped: ReadonlySet<string>,
  rewrite: Rewrite | null = null,
): string {
  let lines = ''
  let start = 0
  let end = 0
  for (const field of fields) {
    if (dropped.has(field.plain) || connection.includes(field.lower)) continue
    const value = newValue(field, rewrite)
    if (value === null) continue
    if (value === undefined && field.start !== end) {
      lines += text.slice(start, end)
      start = field.start
    } else if (value !== undefined) {
      lines += `${text.slice(start, end)}${field.name}: ${value}\r\n`
      start = field.end
    }
    end = field.end
  }
  return lines + text.slice(start, end)
}

/** A line that is not tidy is written anew with the value it has. */
function newValue(field: Field, rewrite: Rewrite | null): string | null | undefined {
  const value = rewrite === null ? undefined : rewrite(field)
  return value === undefined && !field.tidy ? field.value : value
}
