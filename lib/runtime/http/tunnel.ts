import type { Backend } from '../backend.ts'
import type { Frontend } from '../frontend.ts'
import type { Server } from '../server.ts'
import type { Connection } from '../sockets/connection.ts'
import { Relay, type RelayOwner } from '../tcp/relay.ts'

/** A connection that has left HTTP behind, as websockets do (RFC 9110 section 7.8). */
export class Tunnel implements RelayOwner {
  readonly #frontend: Frontend
  readonly #server: Server
  readonly #relay: Relay
  readonly #onClosed: () => void

  constructor(
    client: Connection,
    server: Connection,
    use: { frontend: Frontend; backend: Backend; server: Server },
    onClosed: () => void,
  ) {
    const { tunnel } = use.backend.config.timeouts
    this.#frontend = use.frontend
    this.#server = use.server
    this.#onClosed = onClosed
    this.#relay = new Relay(client, server, { opening: tunnel, tunnel }, this)
  }

  /** Begins, with what either side has sent already. */
  start(fromClient: Buffer | null, fromServer: Buffer): void {
    this.#relay.start(fromClient, fromServer)
  }

  abort(): void {
    this.#relay.abort()
  }

  countIn(bytes: number): void {
    this.#frontend.counters.bytesIn += bytes
    this.#server.counters.bytesIn += bytes
  }

  countOut(bytes: number): void {
    this.#frontend.counters.bytesOut += bytes
    this.#server.counters.bytesOut += bytes
  }

  onRelayClosed(): void {
    this.#onClosed()
  }
}
