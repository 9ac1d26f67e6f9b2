import type { LogEntry } from '../access-log/log-entry.ts'
import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { SessionFrontend } from '../client-session.ts'
import type { Server } from '../server.ts'
import type { Channel } from '../sockets/channel.ts'
import { Relay, type RelayOwner } from '../tcp/relay.ts'

/** A connection after an upgrade to another protocol, such as WebSocket (RFC 9110 section 7.8). */
export class Tunnel implements RelayOwner {
  readonly #frontend: SessionFrontend
  readonly #server: Server
  readonly #relay: Relay
  readonly #entry: LogEntry | null
  readonly #onClosed: (termination: Termination) => void

  constructor(
    client: Channel,
    server: Channel,
    use: { frontend: SessionFrontend; backend: Backend; server: Server; entry: LogEntry | null },
    onClosed: (termination: Termination) => void,
  ) {
    const { tunnel } = use.backend.config.timeouts
    this.#frontend = use.frontend
    this.#server = use.server
    this.#entry = use.entry
    this.#onClosed = onClosed
    this.#relay = new Relay(client, server, { opening: tunnel, tunnel }, this)
  }

  /** @param fromClient received ahead @param fromServer received ahead */
  start(fromClient: Buffer | null, fromServer: Buffer): void {
    this.#relay.start(fromClient, fromServer)
  }

  abort(): void {
    this.#relay.abort()
  }

  countIn(bytes: number): void {
    this.#frontend.counters.bytesIn += bytes
    this.#server.counters.bytesIn += bytes
    this.#entry?.received(bytes)
  }

  countOut(bytes: number): void {
    this.#frontend.counters.bytesOut += bytes
    this.#server.counters.bytesOut += bytes
    this.#entry?.sent(bytes)
  }

  onRelayClosed(termination: Termination): void {
    this.#onClosed(termination)
  }
}
