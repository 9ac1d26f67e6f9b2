/** A connection to a server, as long as it is in use. */
export interface ServerUse {
  /** Its place among the uses of its server, kept by them. */
  place: number
  /** Its server is down and is to keep no sessions: ends it at once, unless it is still to be connected. */
  onServerDown(): void
}

/**
 * The uses of one server. An array in which each knows its place: a set would be rebuilt again and again by members
 * that come and go with every request.
 */
export class ServerUses {
  readonly #uses: ServerUse[] = []

  add(use: ServerUse): void {
    use.place = this.#uses.length
    this.#uses.push(use)
  }

  /** @returns false where it was not there */
  delete(use: ServerUse): boolean {
    if (this.#uses[use.place] !== use) return false
    const last = this.#uses.pop()
    if (last && last !== use) {
      last.place = use.place
      this.#uses[use.place] = last
    }
    return true
  }

  /** Whether the use is still this server's: it may have moved to another one. */
  has(use: ServerUse): boolean {
    return this.#uses[use.place] === use
  }

  all(): ServerUse[] {
    return [...this.#uses]
  }
}
