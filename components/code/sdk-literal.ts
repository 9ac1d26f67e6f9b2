import { isMilliseconds } from './durations.ts'
import { literal } from './literal.ts'
import type { Reference, Value } from './reference.ts'

/** A field of the API as Scaleway's SDK names it. */
export const camelCase = (name: string) =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** A JavaScript string in single quotes. */
export function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A request's body as an object literal for Scaleway's SDK. */
export function sdkLiteral(request: Value, reference: (to: Reference) => string): string {
  return literal(request, {
    key: camelCase,
    string: quoted,
    reference,
    // The SDK passes durations through, and declares them as strings.
    number: (value, field) => (isMilliseconds(field) ? `'${value}'` : String(value)),
    trailingComma: true,
  })
}
