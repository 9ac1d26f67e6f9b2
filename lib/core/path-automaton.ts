/**
 * A pattern as a Glushkov automaton, an NFA without epsilon transitions. Its positions are the instructions of RE2's program that
 * consume a character. Positions are bits of words, so 32 of them are processed at once, and the cost per character is known in
 * advance.
 */

/** RE2's opcodes; those from RUNE on consume a character. */
const ALT = 1
const ALT_MATCH = 2
const CAPTURE = 3
const EMPTY_WIDTH = 4
const MATCH = 6
const NOP = 7
const RUNE = 8
const FOLD_CASE = 1

/** Zero-width assertions that hold between two characters, as bits. */
export const Condition = {
  BEGIN_LINE: 1,
  END_LINE: 2,
  BEGIN_TEXT: 4,
  END_TEXT: 8,
  WORD_BOUNDARY: 16,
  NO_WORD_BOUNDARY: 32,
} as const

/** An instruction of a program that RE2 has compiled. */
export type Instruction = {
  op: number
  /** The next instruction. */
  out: number
  /** The second next instruction of an alternative; the conditions of an empty-width instruction. */
  arg: number
  runes: Int32Array
  matchRune(rune: number): boolean
}

/** The characters that a position consumes. */
export type RuneSet = {
  /** Equal for sets with the same characters; null for large sets. */
  key: string | null
  has(rune: number): boolean
  /** Whether it contains characters beyond latin1. */
  isWide: boolean
}

/** The transitions that `members` share, apart from those to the next position. */
export type Group = { members: number[]; follow: number[]; accepts: boolean }

/** All transitions under some conditions. */
export type Moves = {
  /** Positions with a transition to the next one. */
  shifted: number[]
  groups: Group[]
}

export type Start = { positions: number[]; accepts: boolean }

/** The minimum length of a percent-encoded character beyond latin1 in a path. */
const WIDE_LENGTH = 6
/** The steps of a lookup in a set, and of a transition of one word. */
export const LOOKUP_STEPS = 16
const WORD_STEPS = 2
const WORD_BITS = 32

/** A compiled pattern. */
export class PathAutomaton {
  /** The set of each position, as an index into `sets`. */
  readonly setOf: readonly number[]
  readonly sets: readonly RuneSet[]
  /** All conditions in the pattern. */
  readonly asked: number
  readonly #instructions: readonly Instruction[]
  readonly #start: number
  /** By instruction: its position. */
  readonly #positionOf: Int32Array
  readonly #moves = new Map<number, Moves>()
  readonly #mark: Int32Array
  #generation = 0

  constructor(instructions: readonly Instruction[], start: number) {
    this.#instructions = instructions
    this.#start = start
    this.#mark = new Int32Array(instructions.length)
    this.#positionOf = new Int32Array(instructions.length)
    const sets = new DistinctSets()
    const setOf: number[] = []
    for (const [pc, instruction] of instructions.entries()) {
      if (instruction.op < RUNE) continue
      this.#positionOf[pc] = setOf.length
      setOf.push(sets.numberOf(instruction))
    }
    this.setOf = setOf
    this.sets = sets.all
    this.asked = instructions.reduce(
      (asked, { op, arg }) => (op === EMPTY_WIDTH ? asked | arg : asked),
      0,
    )
  }

  /** The worst case for one character of a path, in steps. A step processes one word of positions. */
  steps(): number {
    const words = Math.ceil(this.setOf.length / WORD_BITS)
    const lookups = this.sets.filter(({ isWide }) => isWide).length * (LOOKUP_STEPS + words)
    const groups = conditionsOf(this.asked).map((conditions) => groupSteps(this.moves(conditions)))
    return WORD_STEPS * words + Math.ceil(lookups / WIDE_LENGTH) + Math.max(...groups)
  }

  /** The positions where a match begins. */
  start(conditions: number): Start {
    return this.#closure(this.#start, conditions)
  }

  /** The transitions after a character, under the conditions that hold after it. */
  moves(conditions: number): Moves {
    let moves = this.#moves.get(conditions)
    if (!moves) {
      moves = this.#findMoves(conditions)
      this.#moves.set(conditions, moves)
    }
    return moves
  }

  #findMoves(conditions: number): Moves {
    const transitions = this.#transitions(conditions)
    const uses = countUses(transitions)
    const shifted: number[] = []
    const groups = new Map<string, Group>()
    for (const [position, { whole, rest, positions, accepts }] of transitions.entries()) {
      // The key that more positions share makes fewer groups.
      const isShifted = rest !== whole && uses(rest) >= uses(whole)
      if (isShifted) shifted.push(position)
      const follow = isShifted ? positions.filter((one) => one !== position + 1) : positions
      if (follow.length === 0 && !accepts) continue
      const key = isShifted ? rest : whole
      const group = groups.get(key)
      if (group) group.members.push(position)
      else groups.set(key, { members: [position], follow, accepts })
    }
    return { shifted, groups: [...groups.values()] }
  }

  /** The transitions of each position, with a key that includes the next position (`whole`) and one without (`rest`). */
  #transitions(conditions: number): (Start & { whole: string; rest: string })[] {
    const known = new Map<number, Start & { whole: string }>()
    const transitions: (Start & { whole: string; rest: string })[] = []
    for (const { op, out } of this.#instructions) {
      if (op < RUNE) continue
      let transition = known.get(out)
      if (!transition) {
        const closure = this.#closure(out, conditions)
        transition = { ...closure, whole: `${closure.accepts} ${closure.positions.join()}` }
        known.set(out, transition)
      }
      const next = transitions.length + 1
      const rest = transition.positions.includes(next)
        ? `${transition.accepts} ${transition.positions.filter((one) => one !== next).join()}`
        : transition.whole
      transitions.push({ ...transition, rest })
    }
    return transitions
  }

  /** The epsilon closure of an instruction: positions in ascending order, and whether it accepts. */
  #closure(first: number, conditions: number): Start {
    this.#generation += 1
    const positions: number[] = []
    let accepts = false
    const pending = [first]
    for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
      if (this.#mark[pc] === this.#generation) continue
      this.#mark[pc] = this.#generation
      const instruction = this.#instructions[pc] as Instruction
      if (instruction.op >= RUNE) positions.push(this.#positionOf[pc] as number)
      else if (instruction.op === MATCH) accepts = true
      else pending.push(...epsilonTransitions(instruction, conditions))
    }
    return { positions: positions.sort((a, b) => a - b), accepts }
  }
}

/** Counts positions by key. */
function countUses(
  transitions: readonly { whole: string; rest: string }[],
): (key: string) => number {
  const uses = new Map<string, number>()
  for (const { whole, rest } of transitions) {
    for (const key of new Set([whole, rest])) uses.set(key, (uses.get(key) ?? 0) + 1)
  }
  return (key) => uses.get(key) ?? 0
}

/** The epsilon transitions of an instruction. */
function epsilonTransitions({ op, out, arg }: Instruction, conditions: number): number[] {
  switch (op) {
    case ALT:
    case ALT_MATCH:
      return [out, arg]
    case CAPTURE:
    case NOP:
      return [out]
    case EMPTY_WIDTH:
      return (arg & ~conditions) === 0 ? [out] : []
    default:
      return []
  }
}

/** The words that the groups' members and targets span. */
function groupSteps({ groups }: Moves): number {
  return groups.reduce((sum, { members, follow }) => sum + 1 + span(members) + span(follow), 0)
}

function span(positions: readonly number[]): number {
  const [first] = positions
  const last = positions.at(-1)
  if (first === undefined || last === undefined) return 0
  return Math.floor(last / WORD_BITS) - Math.floor(first / WORD_BITS) + 1
}

/** All combinations of the pattern's conditions that can hold after a character. */
export function conditionsOf(asked: number): number[] {
  const { BEGIN_LINE, END_LINE, END_TEXT, WORD_BOUNDARY, NO_WORD_BOUNDARY } = Condition
  const all = [0, BEGIN_LINE].flatMap((line) =>
    [0, END_LINE, END_LINE | END_TEXT].flatMap((end) =>
      [WORD_BOUNDARY, NO_WORD_BOUNDARY].map((word) => (line | end | word) & asked),
    ),
  )
  return [...new Set(all)]
}

/** Numbers the instructions' sets, equal ones once. */
class DistinctSets {
  readonly all: RuneSet[] = []
  readonly #byHash = new Map<number, { instruction: Instruction; number: number }[]>()

  numberOf(instruction: Instruction): number {
    const hash = hashOf(instruction)
    const sameHash = this.#byHash.get(hash) ?? []
    const known = sameHash.find((one) => isSameSet(one.instruction, instruction))
    if (known) return known.number
    const number = this.all.length
    this.all.push({
      key: keyOf(instruction),
      has: membership(instruction),
      isWide: isWide(instruction),
    })
    sameHash.push({ instruction, number })
    this.#byHash.set(hash, sameHash)
    return number
  }
}

const RUNE_ANY = 10
const RUNE_ANY_NOT_NL = 11
const LINE_BREAK = 10
const LATIN1_MAX = 255

/** Sets with more ranges have no key. */
const KEYED_RANGES_MAX = 16

function keyOf({ op, arg, runes }: Instruction): string | null {
  return runes.length > 2 * KEYED_RANGES_MAX ? null : `${op} ${arg & FOLD_CASE} ${runes.join()}`
}

function membership(instruction: Instruction): (rune: number) => boolean {
  if (instruction.op === RUNE_ANY) return () => true
  if (instruction.op === RUNE_ANY_NOT_NL) return (rune) => rune !== LINE_BREAK
  return (rune) => instruction.matchRune(rune)
}

/** Characters beyond latin1 that are case variants of a latin1 character. */
const WIDE_TWINS = [0x178, 0x17f, 0x39c, 0x3bc, 0x1e9e, 0x212a, 0x212b]

function isWide(instruction: Instruction): boolean {
  const { op, runes } = instruction
  if (op === RUNE_ANY || op === RUNE_ANY_NOT_NL) return true
  return (
    (runes.at(-1) as number) > LATIN1_MAX || WIDE_TWINS.some((rune) => instruction.matchRune(rune))
  )
}

function hashOf({ op, arg, runes }: Instruction): number {
  let hash = op * 2 + (arg & FOLD_CASE)
  for (const rune of runes) hash = (Math.imul(hash, 31) + rune) | 0
  return hash
}

function isSameSet(one: Instruction, other: Instruction): boolean {
  if (one.op !== other.op || (one.arg & FOLD_CASE) !== (other.arg & FOLD_CASE)) return false
  if (one.runes.length !== other.runes.length) return false
  return one.runes.every((rune, at) => rune === other.runes[at])
}
