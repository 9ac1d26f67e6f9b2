import { areEqual } from './bit-sets.ts'

/** The size of the cache in words: a fixed part, and a part per word of a state. */
const CACHE_BASE = 8192
const CACHE_PER_WORD = 512
/** Words of a state in addition to its positions. */
const STATE_OVERHEAD = 16

/** A state of the DFA: a set of NFA positions. */
export type State = {
  positions: Int32Array
  /** Transitions, by the class of the next character and the conditions after it; null before the first one. */
  next: (State | undefined)[] | null
  /** Whether the result is decided, whatever follows. */
  isFinal: boolean
}

export const MATCHED: State = { positions: new Int32Array(0), next: null, isFinal: true }

/** The states of a lazy DFA. */
export class DfaCache {
  /** By the conditions at the start of a path. */
  readonly startStates = new Map<number, State>()
  readonly #byHash = new Map<number, State[]>()
  readonly #transitions: number
  readonly #isAnchored: boolean
  readonly #maxWords: number
  #words = 0

  /**
   * @param words of a state
   * @param transitions the number of transitions of a state
   * @param isAnchored whether all patterns are anchored at the start, so that a state without positions is final
   */
  constructor(words: number, transitions: number, isAnchored: boolean) {
    this.#transitions = transitions
    this.#isAnchored = isAnchored
    this.#maxWords = CACHE_BASE + CACHE_PER_WORD * words
  }

  get isFull(): boolean {
    return this.#words > this.#maxWords
  }

  /** The state with these positions, which are copied. */
  intern(positions: Int32Array): State {
    let hash = 0
    for (const bits of positions) hash = Math.imul(hash ^ bits, 0x9e3779b1) ^ (hash >>> 15)
    const alike = this.#byHash.get(hash)
    const known = alike?.find((state) => areEqual(state.positions, positions))
    if (known) return known
    const isFinal = this.#isAnchored && positions.every((bits) => bits === 0)
    const state: State = { positions: positions.slice(), next: null, isFinal }
    if (alike) alike.push(state)
    else this.#byHash.set(hash, [state])
    this.#words += positions.length + STATE_OVERHEAD
    return state
  }

  /** Adds a transition. */
  connect(state: State, transition: number, next: State): void {
    if (state.next === null) {
      state.next = new Array<State | undefined>(this.#transitions).fill(undefined)
      this.#words += this.#transitions
    }
    state.next[transition] = next
  }

  clear(): void {
    this.#byHash.clear()
    this.startStates.clear()
    this.#words = 0
  }
}
