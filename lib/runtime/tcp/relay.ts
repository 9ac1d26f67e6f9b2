import type { Termination } from '../access-log/termination.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import type { Channel } from '../sockets/channel.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'

/** What a relay needs to know of the connection it belongs to. */
export interface RelayOwner {
  countIn(bytes: number): void
  countOut(bytes: number): void
  /** The client's first bytes, there during the call only. */
  onFirstBytes?(bytes: Buffer): void
  /** Both sides are closed. */
  onRelayClosed(how: Termination): void
}

/** Milliseconds without data after which it ends: until both sides have sent something, and from then on. */
export type RelayTimeouts = { opening: number; tunnel: number }

/**
 * Carries bytes both ways between two connections until both directions have ended. The end of one direction is
 * passed on alone, a reset is passed on as a reset, and who can't write does not read.
 */
export class Relay implements Expiring {
  deadline = 0
  readonly #owner: RelayOwner
  readonly #timeouts: RelayTimeouts
  readonly #client: Side
  readonly #server: Side
  #open = 2
  #end: Termination = 'complete'

  constructor(client: Channel, server: Channel, timeouts: RelayTimeouts, owner: RelayOwner) {
    this.#owner = owner
    this.#timeouts = timeouts
    this.#client = new Side(this, client, server, 'countIn')
    this.#server = new Side(this, server, client, 'countOut')
  }

  /** Begins, with what either side has sent already and was read. */
  start(fromClient: Buffer | null = null, fromServer: Buffer | null = null): void {
    deadlines.add(this)
    this.touch()
    this.#client.start(fromClient)
    this.#server.start(fromServer)
  }

  /** Ends it at once, both sides by a reset so that nobody takes it for complete. */
  abort(how: Termination = 'server_down'): void {
    this.fail(how)
    this.#client.connection.reset()
    this.#server.connection.reset()
  }

  expire(): void {
    this.abort('tunnel_timeout')
  }

  /** It does not end in good order. What broke first is why. */
  fail(how: Termination): void {
    if (this.#end === 'complete') this.#end = how
  }

  touch(): void {
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
    this.#open -= 1
    if (this.#open > 0) return
    deadlines.remove(this)
    this.#owner.onRelayClosed(this.#end)
  }
}

/** One of a relay's connections, and where its bytes go. */
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
    // One that ended before it was given to the relay will not say so again.
    if (this.connection.ended) this.#other.end()
    if (!this.#other.congested) this.connection.resume()
  }

  onData(bytes: Buffer): void {
    if (!this.hasSent) this.#relay.onFirstBytes(this, bytes)
    this.hasSent = true
    this.#relay.count(this.#counter, bytes.length)
    this.#relay.touch()
    this.#other.bytes(bytes)
    if (!this.#other.flushSoon()) this.connection.pause()
  }

  onEnd(): void {
    this.#other.end()
  }

  /** This side has taken all that the other sent. */
  onDrain(): void {
    this.#relay.touch()
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
