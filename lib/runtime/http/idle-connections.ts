/** A connection that can be kept for another request. */
export interface Reusable {
  /** The pool that it is in, while no request uses it. */
  idle: object | null
  /** When it is closed, on the clock of `performance.now()`. */
  deadline: number
  readonly channel: { readonly suspended: boolean; resume(): void }
  destroy(): void
}

/** Idle connections per server. More are closed. */
const IDLE_MAX = 256
/** Shorter than the 5 s after which common servers close, so that requests seldom meet a closing connection. Milliseconds. */
const IDLE_MS = 4000
/** Requests that can't be retried use only connections that were in use within this time. Milliseconds. */
const SURELY_ALIVE_MS = 1000
/** After a server has closed a connection right after use, such requests reuse none for this time. Milliseconds. */
const DISTRUST_MS = 60_000

/** The idle connections of a server, last in, first out. */
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
    // Reading may be paused because of a slow client. An idle connection must notice a FIN at once.
    connection.channel.resume()
    connection.deadline = performance.now() + IDLE_MS
    this.#connections.push(connection)
  }

  /**
   * Takes a connection whose reading is not suspended: others may have an unread FIN.
   * @param retryable whether the request can be retried if the connection turns out to be closed
   */
  take(retryable: boolean): Pooled | null {
    const index = this.#connections.findLastIndex(({ channel }) => !channel.suspended)
    const connection = this.#connections[index]
    if (!connection) return null
    if (!retryable && !this.#isSurelyAlive(connection)) return null
    this.#connections.splice(index, 1)
    this.#leave(connection)
    return connection
  }

  /** The server has closed an idle connection. If that was right after use, it may be about to close others. */
  onServerEnd(connection: Pooled): void {
    const now = performance.now()
    if (idleFor(connection, now) <= SURELY_ALIVE_MS) this.#trustedAfter = now + DISTRUST_MS
  }

  /** The connection is closed. */
  remove(connection: Pooled): void {
    const index = this.#connections.lastIndexOf(connection)
    if (index < 0) return
    this.#connections.splice(index, 1)
    this.#leave(connection)
  }

  closeAll(): void {
    for (const connection of [...this.#connections]) connection.destroy()
  }

  #isSurelyAlive(connection: Pooled): boolean {
    const now = performance.now()
    return now >= this.#trustedAfter && idleFor(connection, now) <= SURELY_ALIVE_MS
  }

  #leave(connection: Pooled): void {
    connection.idle = null
    connection.deadline = Number.POSITIVE_INFINITY
  }
}

/** Idle time. Milliseconds. */
function idleFor({ deadline }: Reusable, now: number): number {
  return now - (deadline - IDLE_MS)
}
