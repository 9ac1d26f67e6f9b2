import { isMilliseconds } from './durations.ts'
import { literal } from './literal.ts'
import type { Reference, Value } from './reference.ts'

/** A field of the API as Scaleway's SDK names it. */
export const camelCase = (name: string) =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** A JavaScript string in single quotes. Every quote within JSON's text has its own backslash before it. */
export function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A request of the API as the object that Scaleway's SDK takes. */
export function sdkLiteral(request: Value, reference: (to: Reference) => string): string {
  return literal(request, {
    key: camelCase,
    string: quoted,
    reference,
    // The SDK hands times on as they are, and declares them as strings.
    number: (value, field) => (isMilliseconds(field) ? `'${value}'` : String(value)),
    trailingComma: true,
  })
}
