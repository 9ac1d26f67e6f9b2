import type { ServerConnection } from './server-connection.ts'

/** Per server. The ones beyond are closed. */
const IDLE_MAX = 256
/** Less than the 5 s after which the common servers close, so that we seldom send into a closing one. */
const IDLE_MS = 4000
/** A request that can't be sent twice takes only a connection that was in use this short a time ago. */
const SURELY_ALIVE_MS = 1000

/** A server's open connections that nobody uses; the last one used is the first to be used again. */
export class IdleConnections {
  readonly #connections: ServerConnection[] = []

  get size(): number {
    return this.#connections.length
  }

  put(connection: ServerConnection): void {
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

  /** @param repeatable whether what is to be sent can be sent again if the connection turns out dead */
  take(repeatable: boolean): ServerConnection | null {
    const connection = this.#connections.at(-1)
    if (!connection) return null
    const idleFor = performance.now() - (connection.deadline - IDLE_MS)
    if (!repeatable && idleFor > SURELY_ALIVE_MS) return null
    this.#connections.pop()
    this.#left(connection)
    return connection
  }

  /** It closed, or can't be trusted any more. */
  remove(connection: ServerConnection): void {
    const index = this.#connections.lastIndexOf(connection)
    if (index < 0) return
    this.#connections.splice(index, 1)
    this.#left(connection)
  }

  closeAll(): void {
    for (const connection of [...this.#connections]) connection.destroy()
  }

  #left(connection: ServerConnection): void {
    connection.idle = null
    connection.deadline = Number.POSITIVE_INFINITY
  }
}
