/** A connection to a server, as long as it is in use. */
export interface ServerUse {
  /** Its index in `ServerUses`, which sets it; -1 before the first use. */
  useIndex: number
  /** Its server is down and is to keep no sessions: ends it at once, unless it is still to be connected. */
  onServerDown(): void
}

/** The uses of one server. An array whose members know their index: a Set would grow and shrink with every request. */
export class ServerUses {
  readonly #uses: ServerUse[] = []

  add(use: ServerUse): void {
    use.useIndex = this.#uses.length
    this.#uses.push(use)
  }

  /** @returns false where it was not there */
  delete(use: ServerUse): boolean {
    if (this.#uses[use.useIndex] !== use) return false
    const last = this.#uses.pop()
    if (last && last !== use) {
      last.useIndex = use.useIndex
      this.#uses[use.useIndex] = last
    }
    return true
  }

  /** Whether the use is still this server's: it may have moved to another one. */
  has(use: ServerUse): boolean {
    return this.#uses[use.useIndex] === use
  }

  all(): ServerUse[] {
    return [...this.#uses]
  }
}
