import { latin1Bytes } from '../../latin1.ts'

/** A field name, in the two forms that are compared. */
export type FieldName = {
  lower: string
  /** In lower case, with `-` for every other character, as servers see it that pass fields on as CGI does. */
  plain: string
}

const SLOTS = 1024
/** Longer names are not cached. */
const SPELLING_MAX = 64

/**
 * A cache of names, indexed by hash. Messages use the same few names: a lookup is cheaper than slicing and lowering, and all messages
 * share one string.
 */
const cache: ({ spelling: string; name: FieldName } | undefined)[] = new Array(SLOTS).fill(
  undefined,
)

/** One step of a name's hash: over all of its bytes, from 0. */
export function nextHash(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

/** The name at `start` to `end` of a head's text. @param hash of its bytes, by `nextHash` */
export function fieldName(text: string, start: number, end: number, hash: number): FieldName {
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1)
  const known = cache[slot]
  if (known?.spelling.length === end - start && text.startsWith(known.spelling, start)) {
    return known.name
  }
  // A slice would keep the whole head in memory; a copy does not.
  const spelling = latin1Bytes(text.slice(start, end)).toString('latin1')
  const lower = spelling.toLowerCase()
  const name = { lower, plain: lower.replaceAll(/[^a-z0-9-]/g, '-') }
  if (spelling.length <= SPELLING_MAX) cache[slot] = { spelling, name }
  return name
}
