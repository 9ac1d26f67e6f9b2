import type { Socket } from 'node:net'
import { latencyBucket } from '#lib/config/latency.ts'
import type { Backend } from '../backend.ts'
import { Dial, type DialOwner } from '../dial.ts'
import type { ClientSession, Frontend } from '../frontend.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Server } from '../server.ts'
import { Relay, type RelayOwner } from './relay.ts'

/** One connection in TCP mode: a client, the server chosen for it, and the bytes between them. */
export class TcpSession implements ClientSession, DialOwner, RelayOwner {
  readonly #client: Socket
  readonly #frontend: Frontend
  readonly #backend: Backend
  readonly #dial: Dial
  readonly #startedAt = performance.now()
  #server: Server | null = null
  #relay: Relay | null = null

  constructor(client: Socket, frontend: Frontend) {
    this.#client = client
    this.#frontend = frontend
    this.#backend = frontend.backend
    this.#dial = new Dial(
      this.#backend,
      { address: client.remoteAddress ?? '', cookie: null },
      this,
    )
    // Not its fault, and nothing to tell: the client left before it had a server.
    client.on('error', () => {})
    client.once('close', this.#onClientGone)
    this.#dial.start()
  }

  onConnected(server: Server, socket: Socket): void {
    const { config } = this.#backend
    this.#server = server
    const bucket = latencyBucket(performance.now() - this.#startedAt)
    this.#frontend.counters.responded(bucket)
    server.counters.responded(bucket)
    this.#client.off('close', this.#onClientGone)
    const header = proxyHeader(config.proxy_protocol, this.#client)
    if (header) socket.write(header)
    const { server: serverTimeout, tunnel } = config.timeouts
    const opening = Math.min(serverTimeout, this.#frontend.config.client_timeout)
    this.#relay = new Relay(this.#client, socket, { opening, tunnel }, this)
    this.#relay.start()
  }

  onAttemptFailed(): void {
    this.#frontend.counters.connectFailures += 1
  }

  onDialFailed(): void {
    this.#frontend.counters.proxyErrors += 1
    this.#client.resetAndDestroy()
  }

  countIn(bytes: number): void {
    this.#frontend.counters.bytesIn += bytes
    if (this.#server) this.#server.counters.bytesIn += bytes
  }

  countOut(bytes: number): void {
    this.#frontend.counters.bytesOut += bytes
    if (this.#server) this.#server.counters.bytesOut += bytes
  }

  onRelayClosed(): void {
    if (this.#server) this.#backend.release(this.#server, this)
    this.#frontend.left(this)
  }

  /** A stream can't be asked to end; it goes on until it does. */
  drain(): void {}

  cutOff(): void {
    if (this.#relay) this.#relay.abort()
    else this.#client.resetAndDestroy()
  }

  readonly #onClientGone = (): void => {
    this.#dial.cancel()
    this.#frontend.left(this)
  }
}
