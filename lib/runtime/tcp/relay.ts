import type { Termination } from '../access-log/termination.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import type { Channel } from '../sockets/channel.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'

/** The session of a relay. */
export interface RelayOwner {
  countIn(bytes: number): void
  countOut(bytes: number): void
  /** The client's first bytes, valid during the call only. */
  onFirstBytes?(bytes: Buffer): void
  /** Both sides are closed. */
  onRelayClosed(termination: Termination): void
}

/** Timeouts without data: until both sides have sent data, and afterwards. Milliseconds. */
export type RelayTimeouts = { opening: number; tunnel: number }

/**
 * Relays data between two connections until both directions have ended. Forwards the end of each direction separately, and a reset as a
 * reset. Reading from one side pauses while the other can't be written.
 */
export class Relay implements Expiring {
  deadline = 0
  readonly #owner: RelayOwner
  readonly #timeouts: RelayTimeouts
  readonly #client: Side
  readonly #server: Side
  #openSides = 2
  #termination: Termination = 'complete'

  constructor(client: Channel, server: Channel, timeouts: RelayTimeouts, owner: RelayOwner) {
    this.#owner = owner
    this.#timeouts = timeouts
    this.#client = new Side(this, client, server, 'countIn')
    this.#server = new Side(this, server, client, 'countOut')
  }

  /** @param fromClient received ahead @param fromServer received ahead */
  start(fromClient: Buffer | null = null, fromServer: Buffer | null = null): void {
    deadlines.add(this)
    this.extendDeadline()
    this.#client.start(fromClient)
    this.#server.start(fromServer)
  }

  /** Resets both sides, so that neither takes the data for complete. */
  abort(termination: Termination = 'server_down'): void {
    this.fail(termination)
    this.#client.connection.reset()
    this.#server.connection.reset()
  }

  expire(): void {
    this.abort('tunnel_timeout')
  }

  /** The relay does not end in order. The first failure is the termination. */
  fail(termination: Termination): void {
    if (this.#termination === 'complete') this.#termination = termination
  }

  extendDeadline(): void {
    const both = this.#client.hasSent && this.#server.hasSent
    this.deadline = performance.now() + (both ? this.#timeouts.tunnel : this.#timeouts.opening)
  }

  onFirstBytes(side: Side, bytes: Buffer): void {
    if (side === this.#client) this.#owner.onFirstBytes?.(bytes)
  }

  count(counter: 'countIn' | 'countOut', bytes: number): void {
    this.#owner[counter](bytes)
  }

  onSideClosed(): void {
    this.#openSides -= 1
    if (this.#openSides > 0) return
    deadlines.remove(this)
    this.#owner.onRelayClosed(this.#termination)
  }
}

/** One of a relay's connections, which forwards its data to the other. */
class Side implements ConnectionUser {
  readonly connection: Channel
  hasSent = false
  readonly #relay: Relay
  readonly #other: Channel
  readonly #counter: 'countIn' | 'countOut'

  constructor(relay: Relay, connection: Channel, other: Channel, counter: 'countIn' | 'countOut') {
    this.#relay = relay
    this.connection = connection
    this.#other = other
    this.#counter = counter
    connection.user = this
  }

  start(received: Buffer | null): void {
    if (received?.length) this.onData(received)
    // A connection that has ended already does not call `onEnd` again.
    if (this.connection.ended) this.#other.end()
    if (!this.#other.congested) this.connection.resume()
  }

  onData(bytes: Buffer): void {
    if (!this.hasSent) this.#relay.onFirstBytes(this, bytes)
    this.hasSent = true
    this.#relay.count(this.#counter, bytes.length)
    this.#relay.extendDeadline()
    this.#other.writeBytes(bytes)
    if (!this.#other.flushSoon()) this.connection.pause()
  }

  onEnd(): void {
    this.#other.end()
  }

  /** This side has taken all data of the other. */
  onDrain(): void {
    this.#relay.extendDeadline()
    this.#other.resume()
  }

  onClose(broken: boolean): void {
    if (broken) {
      this.#relay.fail(this.#counter === 'countIn' ? 'client_abort' : 'server_abort')
      this.#other.reset()
    }
    this.#relay.onSideClosed()
  }
}
