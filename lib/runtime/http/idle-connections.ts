/** A connection that can be kept for another request. */
export interface Reusable {
  /** Where it waits while no request uses it. */
  idle: object | null
  /** When it is closed, on the clock of `performance.now()`. */
  deadline: number
  readonly connection: { readonly suspended: boolean; resume(): void }
  destroy(): void
}

/** Per server. The ones beyond are closed. */
const IDLE_MAX = 256
/** Less than the 5 s after which the common servers close, so that we seldom send into a closing one. */
const IDLE_MS = 4000
/** A request that can't be sent twice takes only a connection that was in use this short a time ago. */
const SURELY_ALIVE_MS = 1000
/** How long such requests reuse no connection after the server has closed one right after use. Milliseconds. */
const DISTRUST_MS = 60_000

/** A server's open connections that nobody uses; the last one used is the first to be used again. */
export class IdleConnections<Pooled extends Reusable> {
  readonly #connections: Pooled[] = []
  #trustedAfter = 0

  get size(): number {
    return this.#connections.length
  }

  put(connection: Pooled): void {
    if (this.#connections.length >= IDLE_MAX) {
      connection.destroy()
      return
    }
    connection.idle = this
    // Unread while its client was slow, perhaps; idle, it must notice at once what the server does.
    connection.connection.resume()
    connection.deadline = performance.now() + IDLE_MS
    this.#connections.push(connection)
  }

  /**
   * Takes a connection whose reading is not suspended: on others, a FIN may be unread.
   * @param repeatable whether the request can be retried if the connection turns out to be closed
   */
  take(repeatable: boolean): Pooled | null {
    const index = this.#connections.findLastIndex(({ connection }) => !connection.suspended)
    const connection = this.#connections[index]
    if (!connection) return null
    if (!repeatable && !this.#isSurelyAlive(connection)) return null
    this.#connections.splice(index, 1)
    this.#left(connection)
    return connection
  }

  /** The server closed it unannounced. If that was right after use, others may be about to close too. */
  onServerEnd(connection: Pooled): void {
    const now = performance.now()
    if (idleFor(connection, now) <= SURELY_ALIVE_MS) this.#trustedAfter = now + DISTRUST_MS
  }

  /** It closed, or can't be trusted any more. */
  remove(connection: Pooled): void {
    const index = this.#connections.lastIndexOf(connection)
    if (index < 0) return
    this.#connections.splice(index, 1)
    this.#left(connection)
  }

  closeAll(): void {
    for (const connection of [...this.#connections]) connection.destroy()
  }

  #isSurelyAlive(connection: Pooled): boolean {
    const now = performance.now()
    return now >= this.#trustedAfter && idleFor(connection, now) <= SURELY_ALIVE_MS
  }

  #left(connection: Pooled): void {
    connection.idle = null
    connection.deadline = Number.POSITIVE_INFINITY
  }
}

/** Idle time. Milliseconds. */
function idleFor({ deadline }: Reusable, now: number): number {
  return now - (deadline - IDLE_MS)
}
