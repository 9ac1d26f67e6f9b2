import {
  Condition,
  conditionsOf,
  LOOKUP_STEPS,
  type PathAutomaton,
  type RuneSet,
} from '#lib/core/path-automaton.ts'
import { loopBudget } from '../scheduling/loop-budget.ts'
import { runToEnd } from '../scheduling/slices.ts'
import type { StepBudget } from './step-budget.ts'

/** Size of the state cache in words: a fixed part, and a part per word of a state. */
const CACHE_BASE = 8192
const CACHE_PER_WORD = 512
/** Words of a state in addition to its positions. */
const STATE_OVERHEAD = 16
const LATIN1 = 256
const LINE_BREAK = 10
/** From here on a character may be two UTF-16 code units. */
const SURROGATES = 0xd800
/** All combinations of conditions. */
const CONDITIONS = 64
/** The character before the first and after the last one. */
const NONE = -1

/** Steps between two checks of whether the slice is spent. */
const UNINTERRUPTED_STEPS = 30_000

/** The slice is spent. The next call, in a later iteration of the event loop, resumes the match. */
export class MatchSuspended extends Error {}

/** The state of a suspended match; null for a new one. */
export type ResumableMatch = { run: Generator<void, boolean> | null }

/** A state of the DFA: its NFA positions, as bits. */
type State = {
  positions: Int32Array
  /** Transitions, by class of the next character and conditions behind it; null before the first. */
  next: (State | undefined)[] | null
  /** Whether the result is decided, whatever follows. */
  isFinal: boolean
}

const MATCHED: State = { positions: new Int32Array(0), next: null, isFinal: true }

/** Transitions under some conditions. `data` holds the bits of each group: first its members, then its targets. */
type Table = {
  shift: Int32Array
  /** The positions of matches that start after this character. */
  open: Int32Array
  openMatches: boolean
  /** Of each group: first and end word of its members, first and end word of its targets, whether it matches. */
  groups: Int32Array
  data: Int32Array
}
const GROUP_FIELDS = 5

/**
 * Matches any of several patterns with one automaton. It caches the states that occur as a lazy DFA, so a path like earlier ones
 * takes one step per character. The cache is bounded: beyond it the NFA's positions are moved word by word. So no path takes
 * more steps than its length times `steps`.
 */
export class PathMatcher {
  /** The worst case of steps per character. */
  readonly steps: number
  /** Positions of all patterns. */
  readonly positions: number
  readonly #patterns: readonly PathAutomaton[]
  /** The first position of each pattern. */
  readonly #offsets: readonly number[]
  readonly #words: number
  readonly #classOf: Uint8Array
  /** By class of a latin1 character: the positions that consume it. */
  readonly #rows: readonly Int32Array[]
  /** The sets with characters beyond latin1. */
  readonly #wideMasks: readonly Mask[]
  readonly #wideRow: Int32Array
  readonly #conditions: number
  /** The number of combinations of the patterns' conditions, and the index of each. */
  readonly #combinations: number
  readonly #combinationOf = new Uint8Array(CONDITIONS)
  readonly #tables = new Map<number, Table>()
  /** Whether a condition of the patterns can hold before the path's end. */
  readonly #hasInnerConditions: boolean
  /** Whether all patterns are anchored at the start. */
  readonly #isAnchored: boolean
  readonly #cacheMax: number
  #cached = 0
  readonly #states = new Map<number, State[]>()
  readonly #beginnings = new Map<number, State>()
  /** The positions before and after a step, and those that consumed the character. */
  #from: Int32Array
  #to: Int32Array
  readonly #taken: Int32Array

  /** @param patterns any of which may match @param steps the sum of their steps per character */
  constructor(patterns: readonly PathAutomaton[], steps: number) {
    this.steps = steps
    this.#patterns = patterns
    const offsets: number[] = []
    let size = 0
    for (const { setOf } of patterns) {
      offsets.push(size)
      size += setOf.length
    }
    this.#offsets = offsets
    this.positions = size
    this.#words = Math.ceil(size / 32)
    const masks = patterns.flatMap((pattern, at) => masksOf(pattern, offsets[at] as number))
    this.#wideMasks = masks.filter(({ set }) => set.isWide)
    this.#classOf = new Uint8Array(LATIN1)
    this.#rows = this.#classify(masks)
    this.#wideRow = new Int32Array(this.#words)
    this.#conditions = patterns.reduce((asked, one) => asked | one.asked, 0) & ~Condition.BEGIN_TEXT
    const combinations = [...new Set([0, ...conditionsOf(this.#conditions)])]
    for (const [at, one] of combinations.entries()) this.#combinationOf[one] = at
    this.#combinations = combinations.length
    this.#hasInnerConditions = (this.#conditions & ~Condition.END_TEXT) !== 0
    this.#isAnchored = patterns.every((pattern) => {
      const { positions, accepts } = pattern.start(~Condition.BEGIN_TEXT)
      return positions.length === 0 && !accepts
    })
    this.#cacheMax = CACHE_BASE + CACHE_PER_WORD * this.#words
    this.#from = new Int32Array(this.#words)
    this.#to = new Int32Array(this.#words)
    this.#taken = new Int32Array(this.#words)
  }

  /**
   * Whether any of the patterns matches anywhere in a path.
   * @param match keeps the state of a suspended match; null to run without pauses
   * @throws MatchLimitError; MatchSuspended at the end of a slice: call again to go on
   */
  test(path: string, budget: StepBudget, match: ResumableMatch | null = null): boolean {
    if (match?.run) return resume(match.run, match)
    budget.spend(path.length + 1)
    let state = this.#beginning(path, budget)
    let at = 0
    while (at < path.length && !state.isFinal) {
      const rune = runeFrom(path, at)
      const behind = at + (rune > 0xffff ? 2 : 1)
      const conditions = this.#conditions === 0 ? 0 : this.#behind(rune, path, behind)
      const next = state.next?.[this.#slotOf(rune, conditions)]
      if (next === undefined) {
        const run = this.#explore(path, at, state, budget)
        return match ? resume(run, match) : runToEnd(run)
      }
      at = behind
      state = next
    }
    return state === MATCHED
  }

  /** Continues through states that are not cached, and yields where it can pause. */
  *#explore(
    path: string,
    from: number,
    first: State,
    budget: StepBudget,
  ): Generator<void, boolean> {
    let state = first
    const visit = { wasFull: false }
    let pauseAt = budget.left - UNINTERRUPTED_STEPS
    for (let at = from; at < path.length && !state.isFinal; ) {
      const rune = path.codePointAt(at) as number
      at += rune > 0xffff ? 2 : 1
      const conditions = this.#conditions === 0 ? 0 : this.#behind(rune, path, at)
      const slot = this.#slotOf(rune, conditions)
      const next = state.next?.[slot] ?? this.#enter(state, rune, conditions, budget, visit)
      if (next === null) {
        state = MATCHED
        return yield* this.#follow(path, at, budget)
      }
      if (slot !== NONE) this.#keep(state, slot, next)
      state = next
      if (state.isFinal || budget.left > pauseAt) continue
      const { positions } = state
      // All states that it leads to would be kept with it, after they are forgotten for others.
      state = MATCHED
      yield
      this.#to.set(positions)
      state = this.#intern()
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
    if (this.#cached > this.#cacheMax) {
      if (visit.wasFull) return null
      visit.wasFull = true
      this.#forget()
    }
    return this.#intern()
  }

  /** Continues from `#to` without caching states. */
  *#follow(path: string, from: number, budget: StepBudget): Generator<void, boolean> {
    let pauseAt = budget.left - UNINTERRUPTED_STEPS
    for (let at = from; at < path.length; ) {
      this.#swap()
      const rune = path.codePointAt(at) as number
      at += rune > 0xffff ? 2 : 1
      const conditions = this.#conditions === 0 ? 0 : this.#behind(rune, path, at)
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

  /** The index of a transition in a state; `NONE` for characters beyond latin1, which are not cached. */
  #slotOf(rune: number, conditions: number): number {
    if (rune >= LATIN1) return NONE
    const first = (this.#classOf[rune] as number) * this.#combinations
    return conditions === 0 ? first : first + (this.#combinationOf[conditions] as number)
  }

  #swap(): void {
    const from = this.#from
    this.#from = this.#to
    this.#to = from
  }

  /** Moves the positions in `#from` that consume a character to `#to`. @returns whether a pattern has matched */
  #step(row: Int32Array, table: Table, budget: StepBudget): boolean {
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

  #beginning(path: string, budget: StepBudget): State {
    const conditions = this.#between(NONE, runeAt(path, 0)) | Condition.BEGIN_TEXT
    const known = this.#beginnings.get(conditions)
    if (known) return known
    budget.spend(this.positions)
    const { positions, matches } = this.#starts(conditions)
    this.#to.set(positions)
    const state = matches ? MATCHED : this.#intern()
    this.#beginnings.set(conditions, state)
    return state
  }

  /** The start positions under some conditions. */
  #starts(conditions: number): { positions: Int32Array; matches: boolean } {
    const positions = new Int32Array(this.#words)
    let matches = false
    for (const [at, pattern] of this.#patterns.entries()) {
      const start = pattern.start(conditions)
      matches ||= start.accepts
      setBits(positions, start.positions, this.#offsets[at] as number)
    }
    return { positions, matches }
  }

  /** The state for the positions in `#to`. */
  #intern(): State {
    const to = this.#to
    let hash = 0
    for (const bits of to) hash = Math.imul(hash ^ bits, 0x9e3779b1) ^ (hash >>> 15)
    const alike = this.#states.get(hash)
    const known = alike?.find(({ positions }) => areEqual(positions, to))
    if (known) return known
    const isFinal = this.#isAnchored && to.every((bits) => bits === 0)
    const state: State = { positions: to.slice(), next: null, isFinal }
    if (alike) alike.push(state)
    else this.#states.set(hash, [state])
    this.#cached += to.length + STATE_OVERHEAD
    return state
  }

  #keep(state: State, slot: number, next: State): void {
    if (state.next === null) {
      const size = this.#rows.length * this.#combinations
      state.next = new Array<State | undefined>(size).fill(undefined)
      this.#cached += size
    }
    state.next[slot] = next
  }

  #forget(): void {
    this.#states.clear()
    this.#beginnings.clear()
    this.#cached = 0
  }

  /** The positions that consume a character. */
  #rowOf(rune: number, budget: StepBudget): Int32Array {
    if (rune < LATIN1) return this.#rows[this.#classOf[rune] as number] as Int32Array
    const row = this.#wideRow.fill(0)
    for (const mask of this.#wideMasks) {
      budget.spend(LOOKUP_STEPS)
      if (!mask.set.has(rune)) continue
      budget.spend(mask.bits.length)
      addMask(row, mask)
    }
    return row
  }

  #table(conditions: number): Table {
    let table = this.#tables.get(conditions)
    if (!table) {
      table = this.#makeTable(conditions)
      this.#tables.set(conditions, table)
    }
    return table
  }

  #makeTable(conditions: number): Table {
    const shift = new Int32Array(this.#words)
    const groups: number[] = []
    const data: number[] = []
    for (const [at, pattern] of this.#patterns.entries()) {
      const offset = this.#offsets[at] as number
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
    const { positions: open, matches: openMatches } = this.#starts(conditions)
    return {
      shift,
      open,
      openMatches,
      groups: Int32Array.from(groups),
      data: Int32Array.from(data),
    }
  }

  /** The patterns' conditions that hold after a character that ends at an index. */
  #behind(rune: number, path: string, at: number): number {
    if (this.#hasInnerConditions) return this.#between(rune, runeAt(path, at))
    return at === path.length ? this.#conditions : 0
  }

  /** The patterns' conditions that hold between two characters. */
  #between(before: number, after: number): number {
    let conditions =
      isWord(before) === isWord(after) ? Condition.NO_WORD_BOUNDARY : Condition.WORD_BOUNDARY
    if (before === NONE || before === LINE_BREAK) conditions |= Condition.BEGIN_LINE
    if (after === NONE) conditions |= Condition.END_LINE | Condition.END_TEXT
    else if (after === LINE_BREAK) conditions |= Condition.END_LINE
    return conditions & this.#conditions
  }

  /** Groups characters that no set distinguishes into classes. @returns the positions that consume each class */
  #classify(masks: readonly Mask[]): Int32Array[] {
    const known = new Map<string, Uint8Array>()
    const members = masks.map(({ set }) => {
      const runes = (set.key !== null && known.get(set.key)) || latin1Of(set)
      if (set.key !== null) known.set(set.key, runes)
      return runes
    })
    const classes = [...new Set(members)].reduce(
      (count, runes) => refine(this.#classOf, runes, count),
      1,
    )
    return Array.from({ length: classes }, (_, number) => {
      const rune = this.#classOf.indexOf(number)
      const row = new Int32Array(this.#words)
      for (const [at, mask] of masks.entries()) if (members[at]?.[rune] === 1) addMask(row, mask)
      return row
    })
  }
}

function resume(run: Generator<void, boolean>, match: ResumableMatch): boolean {
  for (;;) {
    const step = run.next()
    if (step.done) {
      match.run = null
      return step.value
    }
    if (!loopBudget.sliceSpent) continue
    match.run = run
    throw new MatchSuspended()
  }
}

/** A character set, and the positions that consume it, as words from `first` on. */
type Mask = { set: RuneSet; first: number; bits: Int32Array }

function masksOf({ sets, setOf }: PathAutomaton, offset: number): Mask[] {
  const members = sets.map((): number[] => [])
  for (const [position, set] of setOf.entries()) members[set]?.push(position)
  return sets.map((set, at) => ({ set, ...wordsOf(members[at] ?? [], offset) }))
}

function addMask(row: Int32Array, { first, bits }: Mask): void {
  for (let word = 0; word < bits.length; word += 1) {
    row[first + word] = (row[first + word] as number) | (bits[word] as number)
  }
}

function latin1Of(set: RuneSet): Uint8Array {
  const runes = new Uint8Array(LATIN1)
  for (let rune = 0; rune < LATIN1; rune += 1) runes[rune] = Number(set.has(rune))
  return runes
}

/** Splits each class into members and others. @returns the number of classes */
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

function setBit(words: Int32Array, position: number): void {
  const word = position >> 5
  words[word] = (words[word] as number) | (1 << (position & 31))
}

function setBits(words: Int32Array, positions: readonly number[], offset: number): void {
  for (const position of positions) setBit(words, offset + position)
}

/** Positions as bits, from the first word that has one to the last. */
function wordsOf(
  positions: readonly number[],
  offset: number,
): { first: number; bits: Int32Array } {
  const [from] = positions
  const to = positions.at(-1)
  if (from === undefined || to === undefined) return { first: 0, bits: new Int32Array(0) }
  const first = (offset + from) >> 5
  const bits = new Int32Array(((offset + to) >> 5) - first + 1)
  setBits(bits, positions, offset - 32 * first)
  return { first, bits }
}

function areEqual(one: Int32Array, other: Int32Array): boolean {
  for (let word = 0; word < one.length; word += 1) if (one[word] !== other[word]) return false
  return true
}

/** The character at an index before the path's end. */
function runeFrom(path: string, at: number): number {
  const unit = path.charCodeAt(at)
  return unit < SURROGATES ? unit : (path.codePointAt(at) as number)
}

function runeAt(path: string, at: number): number {
  return path.codePointAt(at) ?? NONE
}

function isWord(rune: number): boolean {
  return (
    (rune >= 97 && rune <= 122) ||
    (rune >= 65 && rune <= 90) ||
    (rune >= 48 && rune <= 57) ||
    rune === 95
  )
}
