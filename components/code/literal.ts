import { Reference, type Value } from './reference.ts'

type Syntax = {
  key: (field: string) => string
  string: (text: string) => string
  reference: (to: Reference) => string
  /** Writes a number. Some formats write some fields differently. */
  number?: (value: number, field: string) => string
  trailingComma: boolean
}

/** A value as an indented literal of JSON or JavaScript. */
export function literal(value: Value, syntax: Syntax, indent = '', field = ''): string {
  if (value instanceof Reference) return syntax.reference(value)
  if (typeof value === 'string') return syntax.string(value)
  if (typeof value === 'number') return syntax.number?.(value, field) ?? String(value)
  if (typeof value === 'boolean' || value === null) return String(value)
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    return `[${value.map((one) => literal(one, syntax, inner, field)).join(', ')}]`
  }
  const fields = Object.entries(value).map(
    ([name, one]) => `${inner}${syntax.key(name)}: ${literal(one, syntax, inner, name)}`,
  )
  if (fields.length === 0) return '{}'
  return `{\n${fields.join(',\n')}${syntax.trailingComma ? ',' : ''}\n${indent}}`
}
