import type { StepBudget } from './step-budget.ts'

/**
 * A set of prefixes, or of suffixes. They are sorted, and those that another one implies are dropped, so a binary search
 * finds the only candidate.
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
      const { order, alike } = this.#compare(affix, text)
      budget.spend(1 + alike)
      if (alike === affix.length) return true
      if (order < 0) low = middle + 1
      else high = middle
    }
    return false
  }

  #isAffix(affix: string, text: string): boolean {
    return this.#side === 'begin' ? text.startsWith(affix) : text.endsWith(affix)
  }

  /** The order of two texts (an affix sorts before the texts that have it), and the length of their common affix. */
  #compare(one: string, other: string): { order: number; alike: number } {
    const isEnd = this.#side === 'end'
    const shorter = Math.min(one.length, other.length)
    for (let at = 0; at < shorter; at += 1) {
      const order = isEnd
        ? one.charCodeAt(one.length - 1 - at) - other.charCodeAt(other.length - 1 - at)
        : one.charCodeAt(at) - other.charCodeAt(at)
      if (order !== 0) return { order, alike: at }
    }
    return { order: one.length - other.length, alike: shorter }
  }
}
