import { latin1Bytes } from '../../latin1.ts'

/** A field's name, in the two forms in which it is compared. */
export type FieldName = {
  lower: string
  /** In lower case, as a server reads it that maps every odd character to `-`, as CGI does. */
  plain: string
}

const SLOTS = 1024
/** Longer names are not remembered. */
const SPELLING_MAX = 64

/**
 * Names seen before, each where its hash says. Messages are made of the same few, and finding one is cheaper than
 * cutting it out and lowering it; it also gives all of them the same string.
 */
const seen: ({ spelling: string; name: FieldName } | undefined)[] = new Array(SLOTS).fill(undefined)

/** One step of the hash by which names are found: over all bytes of a name, from 0. */
export function nextHash(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

/** The name in a head's text from `start` to `end`, whose bytes have this hash. */
export function fieldName(text: string, start: number, end: number, hash: number): FieldName {
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1)
  const known = seen[slot]
  if (known?.spelling.length === end - start && text.startsWith(known.spelling, start)) {
    return known.name
  }
  // By way of a buffer, as a slice would keep the whole head in memory.
  const spelling = latin1Bytes(text.slice(start, end)).toString('latin1')
  const lower = spelling.toLowerCase()
  const name = { lower, plain: lower.replaceAll(/[^a-z0-9-]/g, '-') }
  if (spelling.length <= SPELLING_MAX) seen[slot] = { spelling, name }
  return name
}
