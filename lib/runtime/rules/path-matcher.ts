import {
  Condition,
  conditionsOf,
  LOOKUP_STEPS,
  type PathAutomaton,
  type RuneSet,
} from '#lib/core/path-automaton.ts'
import { runWhole } from '../scheduling/slices.ts'
import { turnBudget } from '../scheduling/turn-budget.ts'
import type { StepBudget } from './step-budget.ts'

/** How many words of states and transitions may be kept: so many, and so many for each word of a state. */
const CACHE_BASE = 8192
const CACHE_PER_WORD = 512
/** A state's words beside its positions. */
const STATE_OVERHEAD = 16
const LATIN1 = 256
const LINE_BREAK = 10
/** Where characters begin that may take two places of a text. */
const SURROGATES = 0xd800
/** All combinations of conditions. */
const CONDITIONS = 64
/** Stands for the character before the first and behind the last. */
const NONE = -1

/** Steps that are taken before it is asked whether the slice is spent. */
const UNINTERRUPTED_STEPS = 30_000

/** The slice is spent; asked again in a later turn of the event loop, the match goes on. */
export class MatchSuspended extends Error {}

/** What a match that was suspended goes on with; null for one that begins. */
export type ResumableMatch = { run: Generator<void, boolean> | null }

/** A state of the DFA: the positions that wait for the next character, as bits. */
type State = {
  positions: Int32Array
  /** By class of the next character and conditions behind it; null before the first. */
  next: (State | undefined)[] | null
  /** Whether it decides: nothing that follows makes a difference. */
  isFinal: boolean
}

const MATCHED: State = { positions: new Int32Array(0), next: null, isFinal: true }

/** Where positions lead to under some conditions; bits of a group lie in `data`, first its members', then its follow's. */
type Table = {
  shift: Int32Array
  /** Where a match may begin behind this character. */
  open: Int32Array
  openMatches: boolean
  /** Of each group: first and end word of its members, first and end word of what follows, whether it matches. */
  groups: Int32Array
  data: Int32Array
}
const GROUP_FIELDS = 5

/**
 * Patterns of which any may match, as one automaton. The states that come are kept as those of a DFA, so that a path like
 * others takes one step a character; what is kept is bounded, and where it does not suffice all positions are moved at
 * once, word by word. So no path takes more steps than its length times `steps`.
 */
export class PathMatcher {
  /** The steps that one character takes at most. */
  readonly steps: number
  /** How many positions all patterns have. */
  readonly positions: number
  readonly #patterns: readonly PathAutomaton[]
  /** Where each pattern's positions begin. */
  readonly #offsets: readonly number[]
  readonly #words: number
  readonly #classOf: Uint8Array
  /** By class of a latin1 character: the positions that wait for it. */
  readonly #rows: readonly Int32Array[]
  /** The sets with characters beyond latin1. */
  readonly #wideMasks: readonly Mask[]
  readonly #wideRow: Int32Array
  readonly #asked: number
  /** How many combinations of conditions there are of those asked for, and the number of each. */
  readonly #combinations: number
  readonly #combinationOf = new Uint8Array(CONDITIONS)
  readonly #tables = new Map<number, Table>()
  /** Whether a condition that is asked for may hold elsewhere than at the path's end. */
  readonly #asksInside: boolean
  /** Whether all patterns begin at the path's beginning or nowhere. */
  readonly #isAnchored: boolean
  readonly #cacheMax: number
  #cached = 0
  readonly #states = new Map<number, State[]>()
  readonly #beginnings = new Map<number, State>()
  /** The positions before and after a step, and those that took it. */
  #from: Int32Array
  #to: Int32Array
  readonly #taken: Int32Array

  /** @param patterns any of which may match @param steps what they take together for one character */
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
    this.#asked = patterns.reduce((asked, one) => asked | one.asked, 0) & ~Condition.BEGIN_TEXT
    const combinations = [...new Set([0, ...conditionsOf(this.#asked)])]
    for (const [at, one] of combinations.entries()) this.#combinationOf[one] = at
    this.#combinations = combinations.length
    this.#asksInside = (this.#asked & ~Condition.END_TEXT) !== 0
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
   * @param match where it is kept what is to go on later; null to do all at once
   * @throws MatchLimitError; MatchSuspended where the slice is spent: asked again, it goes on
   */
  test(path: string, budget: StepBudget, match: ResumableMatch | null = null): boolean {
    if (match?.run) return resume(match.run, match)
    budget.spend(path.length + 1)
    let state = this.#beginning(path, budget)
    let at = 0
    while (at < path.length && !state.isFinal) {
      const rune = runeFrom(path, at)
      const behind = at + (rune > 0xffff ? 2 : 1)
      const conditions = this.#asked === 0 ? 0 : this.#behind(rune, path, behind)
      const next = state.next?.[this.#slotOf(rune, conditions)]
      if (next === undefined) {
        const run = this.#explore(path, at, state, budget)
        return match ? resume(run, match) : runWhole(run)
      }
      at = behind
      state = next
    }
    return state === MATCHED
  }

  /** Goes on through states that are not known yet, and yields where it may wait. */
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
      const conditions = this.#asked === 0 ? 0 : this.#behind(rune, path, at)
      const slot = this.#slotOf(rune, conditions)
      const next = state.next?.[slot] ?? this.#enter(state, rune, conditions, budget, visit)
      if (next === null) return yield* this.#follow(path, at, budget)
      if (slot !== NONE) this.#keep(state, slot, next)
      state = next
      if (budget.left > pauseAt) continue
      yield
      pauseAt = budget.left - UNINTERRUPTED_STEPS
    }
    return state === MATCHED
  }

  /** The state behind a character, worked out. Null where what may be kept is full for the second time in one path. */
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

  /** Goes on from `#to` without keeping states. */
  *#follow(path: string, from: number, budget: StepBudget): Generator<void, boolean> {
    let pauseAt = budget.left - UNINTERRUPTED_STEPS
    for (let at = from; at < path.length; ) {
      this.#swap()
      const rune = path.codePointAt(at) as number
      at += rune > 0xffff ? 2 : 1
      const conditions = this.#asked === 0 ? 0 : this.#behind(rune, path, at)
      if (this.#step(this.#rowOf(rune, budget), this.#table(conditions), budget)) return true
      if (budget.left > pauseAt) continue
      // Others match with the same arrays meanwhile.
      const positions = this.#to.slice()
      yield
      this.#to.set(positions)
      pauseAt = budget.left - UNINTERRUPTED_STEPS
    }
    return false
  }

  /** Where a state keeps the one that follows; none for characters beyond latin1. */
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

  /** Moves the positions in `#from` that wait for a character to `#to`. @returns whether a pattern has matched then */
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

  /** Adds what follows those in `#taken` beside the next position. @returns whether a pattern has matched */
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

  /** Where patterns may begin under some conditions. */
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

  /** The state that has the positions in `#to`. */
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

  /** The positions that wait for a character. */
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

  /** The conditions behind a character that ends at a place of a path, of those that are asked for. */
  #behind(rune: number, path: string, at: number): number {
    if (this.#asksInside) return this.#between(rune, runeAt(path, at))
    return at === path.length ? this.#asked : 0
  }

  /** The conditions between two characters, of those that are asked for. */
  #between(before: number, after: number): number {
    let conditions =
      isWord(before) === isWord(after) ? Condition.NO_WORD_BOUNDARY : Condition.WORD_BOUNDARY
    if (before === NONE || before === LINE_BREAK) conditions |= Condition.BEGIN_LINE
    if (after === NONE) conditions |= Condition.END_LINE | Condition.END_TEXT
    else if (after === LINE_BREAK) conditions |= Condition.END_LINE
    return conditions & this.#asked
  }

  /** Puts characters that no set tells apart into one class, and says which positions wait for each class. */
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
    if (!turnBudget.sliceSpent) continue
    match.run = run
    throw new MatchSuspended()
  }
}

/** A set of a pattern, and the positions that wait for it, from a word on. */
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

/** Tells apart those of each class that are members and those that are not. @returns how many classes there are */
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

/** The character that begins at a place before a path's end. */
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
