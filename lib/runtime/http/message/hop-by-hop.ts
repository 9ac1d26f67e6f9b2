import type { Field } from './field.ts'

/** Hop-by-hop fields, which are not forwarded (RFC 9110 section 7.6.1), and framing fields, which are rewritten. */
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

/** Returns a field's new value; null to drop the field, undefined to keep it. */
export type Rewrite = (field: Field) => string | null | undefined

/**
 * Serializes the fields to forward. Leaves out the fields in `dropped`, names that CGI maps to the same variable as one of those, and
 * the fields that Connection lists. Consecutive lines that stay as they are get copied with one slice.
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

/** As `Rewrite`; but a line that isn't exactly `name: value` returns its own value, so that it's normalized. */
function newValue(field: Field, rewrite: Rewrite | null): string | null | undefined {
  const value = rewrite === null ? undefined : rewrite(field)
  return value === undefined && !field.tidy ? field.value : value
}
