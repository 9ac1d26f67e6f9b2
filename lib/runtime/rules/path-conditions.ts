import { Condition, conditionsOf, type PathAutomaton } from '#lib/core/path-automaton.ts'

/** The character before the first and after the last one. */
export const NO_RUNE = -1
const LINE_BREAK = 10
/** From here on a character may be two UTF-16 code units. */
const SURROGATES = 0xd800
/** The number of combinations of conditions. */
const COMBINATIONS = 64

/** The conditions between characters, such as word boundaries, that patterns use. */
export class PathConditions {
  /** As bits of `Condition`, without BEGIN_TEXT. */
  readonly used: number
  /** The number of possible combinations, and the index of each. */
  readonly count: number
  readonly indexOf = new Uint8Array(COMBINATIONS)
  /** Whether a condition can hold before the path's end. */
  readonly #hasInner: boolean

  constructor(patterns: readonly PathAutomaton[]) {
    this.used = patterns.reduce((used, one) => used | one.asked, 0) & ~Condition.BEGIN_TEXT
    const combinations = [...new Set([0, ...conditionsOf(this.used)])]
    for (const [index, one] of combinations.entries()) this.indexOf[one] = index
    this.count = combinations.length
    this.#hasInner = (this.used & ~Condition.END_TEXT) !== 0
  }

  /** The used conditions that hold at the start of a path. */
  atStart(path: string): number {
    return this.#between(NO_RUNE, runeAt(path, 0)) | Condition.BEGIN_TEXT
  }

  /** The used conditions that hold after a character. @param end the index after it */
  after(rune: number, path: string, end: number): number {
    if (this.#hasInner) return this.#between(rune, runeAt(path, end))
    return end === path.length ? this.used : 0
  }

  #between(before: number, after: number): number {
    let conditions =
      isWord(before) === isWord(after) ? Condition.NO_WORD_BOUNDARY : Condition.WORD_BOUNDARY
    if (before === NO_RUNE || before === LINE_BREAK) conditions |= Condition.BEGIN_LINE
    if (after === NO_RUNE) conditions |= Condition.END_LINE | Condition.END_TEXT
    else if (after === LINE_BREAK) conditions |= Condition.END_LINE
    return conditions & this.used
  }
}

/** The character at an index before the path's end. */
export function runeFrom(path: string, index: number): number {
  const unit = path.charCodeAt(index)
  return unit < SURROGATES ? unit : (path.codePointAt(index) as number)
}

function runeAt(path: string, index: number): number {
  return path.codePointAt(index) ?? NO_RUNE
}

function isWord(rune: number): boolean {
  return (
    (rune >= 97 && rune <= 122) ||
    (rune >= 65 && rune <= 90) ||
    (rune >= 48 && rune <= 57) ||
    rune === 95
  )
}
