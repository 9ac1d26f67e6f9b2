import type { StepBudget } from './step-budget.ts'

/**
 * A set of prefixes, or of suffixes. It is sorted and contains no affix that another one implies, so that a binary search finds the
 * only candidate.
 */
export class AffixSet {
  readonly #side: 'begin' | 'end'
  readonly #affixes: readonly string[]

  constructor(side: 'begin' | 'end', affixes: readonly string[]) {
    this.#side = side
    const sorted = affixes.toSorted((one, other) => this.#compare(one, other).order)
    const kept: string[] = []
    for (const affix of sorted) {
      const last = kept.at(-1)
      if (last === undefined || !this.#isAffix(last, affix)) kept.push(affix)
    }
    this.#affixes = kept
  }

  /** Whether a text starts, or ends, with one of them. @throws MatchLimitError */
  matches(text: string, budget: StepBudget): boolean {
    let low = 0
    let high = this.#affixes.length
    while (low < high) {
      const middle = (low + high) >> 1
      const affix = this.#affixes[middle] as string
      const { order, common } = this.#compare(affix, text)
      budget.spend(1 + common)
      if (common === affix.length) return true
      if (order < 0) low = middle + 1
      else high = middle
    }
    return false
  }

  #isAffix(affix: string, text: string): boolean {
    return this.#side === 'begin' ? text.startsWith(affix) : text.endsWith(affix)
  }

  /** Compares two texts. An affix sorts before texts that have it. @returns the order, and the length of the common affix */
  #compare(one: string, other: string): { order: number; common: number } {
    const isEnd = this.#side === 'end'
    const shorter = Math.min(one.length, other.length)
    for (let index = 0; index < shorter; index += 1) {
      const order = isEnd
        ? one.charCodeAt(one.length - 1 - index) - other.charCodeAt(other.length - 1 - index)
        : one.charCodeAt(index) - other.charCodeAt(index)
      if (order !== 0) return { order, common: index }
    }
    return { order: one.length - other.length, common: shorter }
  }
}
