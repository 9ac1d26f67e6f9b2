/** How long the event loop works for one connection at a stretch. Milliseconds. */
export const SLICE_MS = 0.25
/** How long a turn of the event loop handles what its connections have read. Milliseconds. */
export const TURN_MS = 20

/**
 * Measures what the present turn of the event loop has spent, in all and on one connection. Nothing is interrupted:
 * whoever does more than a little work asks, and leaves the rest to the `RunQueue`.
 */
export class TurnBudget {
  readonly #clock: () => number
  #open = false
  #startedAt = 0
  #now = 0
  /** For whom the loop works, and since when. */
  #owner: object | null = null
  #sliceAt = 0

  /** @param clock milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** Work for a connection begins. Consecutive reads of one connection share a slice. */
  begin(owner: object): void {
    if (owner === this.#owner) return
    this.#now = this.#clock()
    if (!this.#open) this.#beginTurn()
    this.#owner = owner
    this.#sliceAt = this.#now
  }

  /** Time that the present slice has taken, milliseconds. */
  elapsed(): number {
    this.#now = this.#clock()
    return this.#now - this.#sliceAt
  }

  /** Whether the present slice is over. */
  get sliceSpent(): boolean {
    return this.elapsed() > SLICE_MS
  }

  /** Whether this turn has handled enough, as of the last slice that was looked at. */
  get turnSpent(): boolean {
    return this.#open && this.#now - this.#startedAt > TURN_MS
  }

  #beginTurn(): void {
    this.#open = true
    this.#startedAt = this.#now
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#open = false
    this.#owner = null
  }
}

/** The budget of this process. */
export const turnBudget = new TurnBudget()
