import type { Socket } from 'node:net'
import { deadlines, type Expiring } from '../deadlines.ts'

/** What a relay needs to know of the connection it belongs to. */
export interface RelayOwner {
  countIn(bytes: number): void
  countOut(bytes: number): void
  /** Both sockets are closed. */
  onRelayClosed(): void
}

/** Milliseconds without data after which it ends: until both sides have sent something, and from then on. */
export type RelayTimeouts = { opening: number; tunnel: number }

/**
 * Carries bytes both ways between two connected sockets until both directions have ended. The end of one direction
 * is passed on alone, a reset is passed on as a reset, and who can't write does not read.
 */
export class Relay implements Expiring {
  deadline = 0
  readonly #client: Socket
  readonly #server: Socket
  readonly #owner: RelayOwner
  readonly #timeouts: RelayTimeouts
  #clientTalked = false
  #serverTalked = false
  #open = 2

  constructor(client: Socket, server: Socket, timeouts: RelayTimeouts, owner: RelayOwner) {
    this.#client = client
    this.#server = server
    this.#timeouts = timeouts
    this.#owner = owner
  }

  /** Begins, with what either side has sent already and was read. */
  start(fromClient: Buffer | null = null, fromServer: Buffer | null = null): void {
    if (fromClient?.length) this.#fromClient(fromClient)
    if (fromServer?.length) this.#fromServer(fromServer)
    this.#join(this.#client, this.#server, (chunk) => this.#fromClient(chunk))
    this.#join(this.#server, this.#client, (chunk) => this.#fromServer(chunk))
    this.#touch()
    deadlines.add(this)
  }

  /** Ends it at once, both sides by a reset so that nobody takes it for complete. */
  abort(): void {
    reset(this.#client)
    reset(this.#server)
  }

  expire(): void {
    this.abort()
  }

  #join(from: Socket, to: Socket, onData: (chunk: Buffer) => void): void {
    from.on('data', onData)
    // One that ended before it was given to the relay will not say so again.
    if (from.readableEnded) to.end()
    else from.on('end', () => to.end())
    from.on('drain', () => to.resume())
    from.on('error', () => reset(to))
    from.once('close', () => this.#sideClosed(from, to))
    from.resume()
  }

  #fromClient(chunk: Buffer): void {
    this.#clientTalked = true
    this.#owner.countIn(chunk.length)
    if (!this.#server.write(chunk)) this.#client.pause()
    this.#touch()
  }

  #fromServer(chunk: Buffer): void {
    this.#serverTalked = true
    this.#owner.countOut(chunk.length)
    if (!this.#client.write(chunk)) this.#server.pause()
    this.#touch()
  }

  #touch(): void {
    const both = this.#clientTalked && this.#serverTalked
    this.deadline = performance.now() + (both ? this.#timeouts.tunnel : this.#timeouts.opening)
  }

  #sideClosed(closed: Socket, other: Socket): void {
    this.#open -= 1
    // Both directions ended in order: the other side only has to send what it still holds.
    if (closed.readableEnded && closed.writableFinished) other.resume()
    else reset(other)
    if (this.#open > 0) return
    deadlines.remove(this)
    this.#owner.onRelayClosed()
  }
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy()
}
