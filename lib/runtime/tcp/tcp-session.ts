import { latencyBucket } from '#lib/config/latency.ts'
import type { Entry } from '../access-log/entry.ts'
import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { Client } from '../balance/policy.ts'
import { Dial, type DialFailure, type DialOwner } from '../dial.ts'
import type { ClientSession, Frontend } from '../frontend.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Server } from '../server.ts'
import { Connection, type ConnectionUser } from '../sockets/connection.ts'
import { keep } from '../sockets/read-buffers.ts'
import type { TcpHandle } from '../sockets/tcp-handle.ts'
import { Relay, type RelayOwner } from './relay.ts'

/** One connection in TCP mode: a client, the server chosen for it, and the bytes between them. */
export class TcpSession implements Client, ClientSession, ConnectionUser, DialOwner, RelayOwner {
  readonly cookie = null
  /** Among the uses of its server. */
  place = -1
  readonly #client: Connection
  readonly #frontend: Frontend
  readonly #backend: Backend
  readonly #dial: Dial
  readonly #startedAt = performance.now()
  /** Null where nobody keeps a log. */
  readonly #entry: Entry | null
  /** What the client sent before there was a server. */
  #early: Buffer | null = null
  #server: Server | null = null
  #relay: Relay | null = null

  constructor(handle: TcpHandle, frontend: Frontend) {
    this.#client = new Connection(handle, this)
    this.#frontend = frontend
    this.#backend = frontend.backend
    this.#entry = frontend.log?.session(this.#client, this.#startedAt, this.#backend) ?? null
    this.#dial = new Dial(this.#backend, this, this)
    this.#client.resume()
    this.#dial.start()
  }

  get address(): string {
    return this.#client.remoteAddress
  }

  onData(bytes: Buffer): void {
    this.#early = keep(bytes)
    this.#client.pause()
  }

  onEnd(): void {}

  onDrain(): void {}

  /** The client left before it had a server: not its fault, and nothing to tell. */
  onClose(): void {
    this.#dial.cancel()
    this.#entry?.end('client_abort')
    this.#frontend.left(this)
  }

  onConnected(server: Server, handle: TcpHandle): void {
    const { config } = this.#backend
    this.#server = server
    this.#entry?.dialed(this.#dial)
    this.#entry?.connected(server, null)
    const ms = performance.now() - this.#startedAt
    const bucket = latencyBucket(ms)
    this.#frontend.counters.responded(bucket, ms)
    server.counters.responded(bucket, ms)
    const { server: serverTimeout, tunnel } = config.timeouts
    const opening = Math.min(serverTimeout, this.#frontend.config.client_timeout)
    const connection = new Connection(handle, this)
    if (config.proxy_protocol !== 'none') {
      const ends = { remote: this.#client.remote(), local: this.#client.local() }
      const header = proxyHeader(config.proxy_protocol, ends)
      if (header) connection.bytes(header)
      connection.flush()
    }
    this.#relay = new Relay(this.#client, connection, { opening, tunnel }, this)
    this.#relay.start(this.#early)
    this.#early = null
  }

  onAttemptFailed(): void {
    this.#frontend.counters.connectFailures += 1
  }

  onDialFailed(failure: DialFailure): void {
    this.#entry?.dialed(this.#dial)
    this.#entry?.end(failure)
    this.#frontend.counters.proxyErrors += 1
    this.#client.reset()
  }

  countIn(bytes: number): void {
    this.#frontend.counters.bytesIn += bytes
    if (this.#server) this.#server.counters.bytesIn += bytes
    this.#entry?.received(bytes)
  }

  countOut(bytes: number): void {
    this.#frontend.counters.bytesOut += bytes
    if (this.#server) this.#server.counters.bytesOut += bytes
    this.#entry?.sent(bytes)
  }

  onFirstBytes(bytes: Buffer): void {
    this.#entry?.begun(bytes)
  }

  onRelayClosed(how: Termination): void {
    this.#entry?.end(how)
    if (this.#server) this.#backend.release(this.#server, this)
    this.#frontend.left(this)
  }

  /** A stream can't be asked to end; it goes on until it does. */
  drain(): void {}

  shutDown(): void {
    this.#entry?.end('shutdown')
    if (this.#relay) this.#relay.abort()
    else this.#client.reset()
  }

  onServerDown(): void {
    this.#relay?.abort()
  }
}
