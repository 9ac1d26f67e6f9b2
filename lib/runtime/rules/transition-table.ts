import type { PathAutomaton } from '#lib/core/path-automaton.ts'
import { setBits, wordsOf } from './bit-sets.ts'

/** The patterns of a matcher, whose positions are numbered consecutively. */
export type Patterns = {
  readonly patterns: readonly PathAutomaton[]
  /** The first position of each pattern. */
  readonly offsets: readonly number[]
  /** The number of words for all positions. */
  readonly words: number
}

/** Transitions under some conditions. `data` holds the bits of each group: first its members, then its targets. */
export type TransitionTable = {
  /** Positions with a transition to the next position. */
  shift: Int32Array
  /** The positions of matches that start after this character. */
  open: Int32Array
  openMatches: boolean
  /** Of each group: first and end word of its members, first and end word of its targets, whether it matches. */
  groups: Int32Array
  data: Int32Array
}
export const GROUP_FIELDS = 5

/** The transitions of all patterns under some conditions. */
export function makeTable(all: Patterns, conditions: number): TransitionTable {
  const shift = new Int32Array(all.words)
  const groups: number[] = []
  const data: number[] = []
  for (const [index, pattern] of all.patterns.entries()) {
    const offset = all.offsets[index] as number
    const moves = pattern.moves(conditions)
    setBits(shift, moves.shifted, offset)
    for (const { members, follow, accepts } of moves.groups) {
      const own = wordsOf(members, offset)
      const next = wordsOf(follow, offset)
      groups.push(own.first, own.first + own.bits.length)
      groups.push(next.first, next.first + next.bits.length, Number(accepts))
      data.push(...own.bits, ...next.bits)
    }
  }
  const { positions: open, matches: openMatches } = startPositions(all, conditions)
  return {
    shift,
    open,
    openMatches,
    groups: Int32Array.from(groups),
    data: Int32Array.from(data),
  }
}

/** The start positions of all patterns under some conditions, and whether a pattern matches there at once. */
export function startPositions(
  { patterns, offsets, words }: Patterns,
  conditions: number,
): { positions: Int32Array; matches: boolean } {
  const positions = new Int32Array(words)
  let matches = false
  for (const [index, pattern] of patterns.entries()) {
    const start = pattern.start(conditions)
    matches ||= start.accepts
    setBits(positions, start.positions, offsets[index] as number)
  }
  return { positions, matches }
}
