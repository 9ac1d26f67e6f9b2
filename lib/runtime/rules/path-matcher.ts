import { Condition, LOOKUP_STEPS, type PathAutomaton } from '#lib/core/path-automaton.ts'
import { runToEnd } from '../scheduling/slices.ts'
import { addWords } from './bit-sets.ts'
import { type CharacterClasses, classifyCharacters, LATIN1 } from './character-classes.ts'
import { DfaCache, MATCHED, type State } from './dfa-cache.ts'
import { PathConditions, runeFrom } from './path-conditions.ts'
import { type ResumableMatch, resume } from './resumable-match.ts'
import type { StepBudget } from './step-budget.ts'
import {
  GROUP_FIELDS,
  makeTable,
  type Patterns,
  startPositions,
  type TransitionTable,
} from './transition-table.ts'

/** Steps between two checks of whether the time slice is used up. */
const UNINTERRUPTED_STEPS = 30_000
/** No transition: it is not cached. */
const UNCACHED = -1

/**
 * Matches any of several patterns with one automaton, as a lazy DFA: a path similar to earlier ones takes one step per character. The
 * cache of states is bounded; beyond it, the automaton runs as an NFA whose positions are moved word by word. So no path takes more
 * steps than its length times `steps`.
 */
export class PathMatcher {
  /** The worst case of steps per character. */
  readonly steps: number
  /** The number of positions of all patterns. */
  readonly positions: number
  readonly #patterns: Patterns
  readonly #classOf: Uint8Array
  readonly #rows: CharacterClasses['rows']
  readonly #wideMasks: CharacterClasses['wideMasks']
  readonly #wideRow: Int32Array
  readonly #conditions: PathConditions
  readonly #tables = new Map<number, TransitionTable>()
  readonly #cache: DfaCache
  /** The positions before and after a step, and those that consumed the character. */
  #from: Int32Array
  #to: Int32Array
  readonly #taken: Int32Array

  /** @param patterns any of which may match @param steps the sum of their steps per character */
  constructor(patterns: readonly PathAutomaton[], steps: number) {
    this.steps = steps
    const offsets: number[] = []
    let size = 0
    for (const { setOf } of patterns) {
      offsets.push(size)
      size += setOf.length
    }
    this.positions = size
    const words = Math.ceil(size / 32)
    this.#patterns = { patterns, offsets, words }
    const { classOf, rows, wideMasks } = classifyCharacters(patterns, offsets, words)
    this.#classOf = classOf
    this.#rows = rows
    this.#wideMasks = wideMasks
    this.#wideRow = new Int32Array(words)
    this.#conditions = new PathConditions(patterns)
    const isAnchored = patterns.every((pattern) => {
      const { positions, accepts } = pattern.start(~Condition.BEGIN_TEXT)
      return positions.length === 0 && !accepts
    })
    this.#cache = new DfaCache(words, rows.length * this.#conditions.count, isAnchored)
    this.#from = new Int32Array(words)
    this.#to = new Int32Array(words)
    this.#taken = new Int32Array(words)
  }

  /**
   * Whether any of the patterns matches anywhere in a path.
   * @param match keeps the state of a suspended match; null to run without pauses
   * @throws MatchLimitError; MatchSuspended at the end of a time slice: call again to continue
   */
  test(path: string, budget: StepBudget, match: ResumableMatch | null = null): boolean {
    if (match?.run) return resume(match.run, match)
    budget.spend(path.length + 1)
    let state = this.#startState(path, budget)
    let index = 0
    while (index < path.length && !state.isFinal) {
      const rune = runeFrom(path, index)
      const end = index + (rune > 0xffff ? 2 : 1)
      const conditions = this.#conditionsAfter(rune, path, end)
      const next = state.next?.[this.#transitionOf(rune, conditions)]
      if (next === undefined) {
        const run = this.#explore(path, index, state, budget)
        return match ? resume(run, match) : runToEnd(run)
      }
      index = end
      state = next
    }
    return state === MATCHED
  }

  /** Continues through states that are not cached, and yields between steps. */
  *#explore(
    path: string,
    from: number,
    first: State,
    budget: StepBudget,
  ): Generator<void, boolean> {
    let state = first
    const visit = { wasFull: false }
    let pauseAt = budget.left - UNINTERRUPTED_STEPS
    for (let index = from; index < path.length && !state.isFinal; ) {
      const rune = path.codePointAt(index) as number
      index += rune > 0xffff ? 2 : 1
      const conditions = this.#conditionsAfter(rune, path, index)
      const transition = this.#transitionOf(rune, conditions)
      const next = state.next?.[transition] ?? this.#enter(state, rune, conditions, budget, visit)
      if (next === null) {
        state = MATCHED
        return yield* this.#runNfa(path, index, budget)
      }
      if (transition !== UNCACHED) this.#cache.connect(state, transition, next)
      state = next
      if (state.isFinal || budget.left > pauseAt) continue
      const { positions } = state
      // A paused match keeps positions instead of a state, as that would keep all states that it leads to after the cache is cleared.
      state = MATCHED
      yield
      this.#to.set(positions)
      state = this.#cache.intern(this.#to)
      pauseAt = budget.left - UNINTERRUPTED_STEPS
    }
    return state === MATCHED
  }

  /** Computes the state after a character. Null if the cache is full for the second time in one path. */
  #enter(
    state: State,
    rune: number,
    conditions: number,
    budget: StepBudget,
    visit: { wasFull: boolean },
  ): State | null {
    this.#from.set(state.positions)
    if (this.#step(this.#rowOf(rune, budget), this.#table(conditions), budget)) return MATCHED
    if (this.#cache.isFull) {
      if (visit.wasFull) return null
      visit.wasFull = true
      this.#cache.clear()
    }
    return this.#cache.intern(this.#to)
  }

  /** Continues from the positions in `#to` without the cache. */
  *#runNfa(path: string, from: number, budget: StepBudget): Generator<void, boolean> {
    let pauseAt = budget.left - UNINTERRUPTED_STEPS
    for (let index = from; index < path.length; ) {
      this.#swap()
      const rune = path.codePointAt(index) as number
      index += rune > 0xffff ? 2 : 1
      const conditions = this.#conditionsAfter(rune, path, index)
      if (this.#step(this.#rowOf(rune, budget), this.#table(conditions), budget)) return true
      if (budget.left > pauseAt) continue
      // Other requests use the same arrays before this one is resumed.
      const positions = this.#to.slice()
      yield
      this.#to.set(positions)
      pauseAt = budget.left - UNINTERRUPTED_STEPS
    }
    return false
  }

  #conditionsAfter(rune: number, path: string, end: number): number {
    return this.#conditions.used === 0 ? 0 : this.#conditions.after(rune, path, end)
  }

  /** The index of a transition in a state; `UNCACHED` for characters beyond latin1. */
  #transitionOf(rune: number, conditions: number): number {
    if (rune >= LATIN1) return UNCACHED
    const first = (this.#classOf[rune] as number) * this.#conditions.count
    return conditions === 0 ? first : first + (this.#conditions.indexOf[conditions] as number)
  }

  #swap(): void {
    const from = this.#from
    this.#from = this.#to
    this.#to = from
  }

  /** Moves the positions in `#from` that consume a character to `#to`. @returns whether a pattern has matched */
  #step(row: Int32Array, table: TransitionTable, budget: StepBudget): boolean {
    budget.spend(this.steps)
    const { shift, open, groups, data, openMatches } = table
    const from = this.#from
    const to = this.#to
    const taken = this.#taken
    let carry = 0
    let any = 0
    for (let word = 0; word < to.length; word += 1) {
      const bits = (from[word] as number) & (row[word] as number)
      const shifted = bits & (shift[word] as number)
      taken[word] = bits
      any |= bits
      to[word] = (shifted << 1) | carry | (open[word] as number)
      carry = shifted >>> 31
    }
    return (any !== 0 && this.#moveGroups(groups, data)) || openMatches
  }

  /** Adds the group transitions of the positions in `#taken`. @returns whether a pattern has matched */
  #moveGroups(groups: Int32Array, data: Int32Array): boolean {
    const to = this.#to
    const taken = this.#taken
    let bit = 0
    for (let group = 0; group < groups.length; group += GROUP_FIELDS) {
      const membersEnd = groups[group + 1] as number
      let hit = 0
      for (let word = groups[group] as number; word < membersEnd; word += 1) {
        hit |= (taken[word] as number) & (data[bit] as number)
        bit += 1
      }
      const first = groups[group + 2] as number
      const followEnd = groups[group + 3] as number
      if (hit === 0) {
        bit += followEnd - first
        continue
      }
      if (groups[group + 4] === 1) return true
      for (let word = first; word < followEnd; word += 1) {
        to[word] = (to[word] as number) | (data[bit] as number)
        bit += 1
      }
    }
    return false
  }

  #startState(path: string, budget: StepBudget): State {
    const conditions = this.#conditions.atStart(path)
    const known = this.#cache.startStates.get(conditions)
    if (known) return known
    budget.spend(this.positions)
    const { positions, matches } = startPositions(this.#patterns, conditions)
    const state = matches ? MATCHED : this.#cache.intern(positions)
    this.#cache.startStates.set(conditions, state)
    return state
  }

  /** The positions that consume a character. */
  #rowOf(rune: number, budget: StepBudget): Int32Array {
    if (rune < LATIN1) return this.#rows[this.#classOf[rune] as number] as Int32Array
    const row = this.#wideRow.fill(0)
    for (const mask of this.#wideMasks) {
      budget.spend(LOOKUP_STEPS)
      if (!mask.set.has(rune)) continue
      budget.spend(mask.bits.length)
      addWords(row, mask)
    }
    return row
  }

  #table(conditions: number): TransitionTable {
    let table = this.#tables.get(conditions)
    if (!table) {
      table = makeTable(this.#patterns, conditions)
      this.#tables.set(conditions, table)
    }
    return table
  }
}
