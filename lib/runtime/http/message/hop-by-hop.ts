import type { Field } from './field.ts'
import { listOf } from './fields.ts'

/** Fields of one connection, which end here (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
])

/** The fields that travel on: without those of this connection and those that Connection names, but never Host. */
export function endToEndFields(fields: readonly Field[]): Field[] {
  const named = new Set(listOf(fields, 'connection'))
  named.delete('host')
  return fields.filter(({ lower }) => !HOP_BY_HOP.has(dashed(lower)) && !named.has(lower))
}

/** A field's name as a server that maps _ to - would read it. */
export function dashed(lower: string): string {
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}
