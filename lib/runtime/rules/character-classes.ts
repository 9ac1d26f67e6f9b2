import type { PathAutomaton, RuneSet } from '#lib/core/path-automaton.ts'
import { addWords, type Words, wordsOf } from './bit-sets.ts'

/** Characters with a class. Others are looked up in the sets. */
export const LATIN1 = 256

/** A character set, and the positions that consume its characters. */
export type Mask = Words & { set: RuneSet }

/** The character classes of latin1: characters that no set of the patterns distinguishes are in the same class. */
export type CharacterClasses = {
  /** The class of each character. */
  classOf: Uint8Array
  /** By class: the positions that consume its characters. */
  rows: readonly Int32Array[]
  /** The sets with characters beyond latin1. */
  wideMasks: readonly Mask[]
}

/** @param offsets the first position of each pattern @param words the number of words for all positions */
export function classifyCharacters(
  patterns: readonly PathAutomaton[],
  offsets: readonly number[],
  words: number,
): CharacterClasses {
  const masks = patterns.flatMap((pattern, index) => masksOf(pattern, offsets[index] as number))
  const classOf = new Uint8Array(LATIN1)
  const known = new Map<string, Uint8Array>()
  const members = masks.map(({ set }) => {
    const runes = (set.key !== null && known.get(set.key)) || latin1Of(set)
    if (set.key !== null) known.set(set.key, runes)
    return runes
  })
  const classes = [...new Set(members)].reduce((count, runes) => refine(classOf, runes, count), 1)
  const rows = Array.from({ length: classes }, (_, number) => {
    const rune = classOf.indexOf(number)
    const row = new Int32Array(words)
    for (const [index, mask] of masks.entries()) {
      if (members[index]?.[rune] === 1) addWords(row, mask)
    }
    return row
  })
  return { classOf, rows, wideMasks: masks.filter(({ set }) => set.isWide) }
}

function masksOf({ sets, setOf }: PathAutomaton, offset: number): Mask[] {
  const members = sets.map((): number[] => [])
  for (const [position, set] of setOf.entries()) members[set]?.push(position)
  return sets.map((set, index) => ({ set, ...wordsOf(members[index] ?? [], offset) }))
}

function latin1Of(set: RuneSet): Uint8Array {
  const runes = new Uint8Array(LATIN1)
  for (let rune = 0; rune < LATIN1; rune += 1) runes[rune] = Number(set.has(rune))
  return runes
}

const NONE = -1

/** Splits each class into members and others. @param before the number of classes @returns the new number */
function refine(classOf: Uint8Array, members: Uint8Array, before: number): number {
  const numbers = new Int32Array(2 * before).fill(NONE)
  let count = 0
  for (const [rune, former] of classOf.entries()) {
    const key = 2 * former + (members[rune] as number)
    if (numbers[key] === NONE) {
      numbers[key] = count
      count += 1
    }
    classOf[rune] = numbers[key] as number
  }
  return count
}
