import { latencyBucket } from '#lib/core/latency-buckets.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { LogEntry } from '../access-log/log-entry.ts'
import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { Client } from '../balance/policy.ts'
import type { ClientSession, SessionFrontend } from '../client-session.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import { Dial, type DialFailure, type DialOwner } from '../dial.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Acl } from '../rules/acl.ts'
import type { FrontendRules } from '../rules/frontend-rules.ts'
import { parseAddress } from '../rules/subnets.ts'
import type { Server } from '../server.ts'
import { openChannel, type Transport } from '../sockets/channel.ts'
import { TlsTransport } from '../sockets/connect-tls.ts'
import { Connection } from '../sockets/connection.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'
import { keep } from '../sockets/read-buffers.ts'
import { HelloBuffer } from './hello-buffer.ts'
import { Relay, type RelayOwner } from './relay.ts'

const NO_COOKIES: readonly string[] = []
/** The time that a client may take to send its SNI, if routes need it. Milliseconds. */
const HELLO_MS_MAX = 5000

/**
 * A connection in TCP mode: a client, its server, and the relay between them. If there are routes by SNI, the client's first bytes are
 * read before a server is chosen, and forwarded unchanged.
 */
export class TcpSession
  implements Client, ClientSession, ConnectionUser, DialOwner, Expiring, RelayOwner
{
  readonly cookies = NO_COOKIES
  deadline = Number.POSITIVE_INFINITY
  useIndex = -1
  readonly #client: Connection
  readonly #frontend: SessionFrontend
  #backend: Backend
  #dial: Dial | null = null
  readonly #startedAt = performance.now()
  /** When its backend was chosen. */
  #chosenAt = this.#startedAt
  /** Null if the access log is off. */
  readonly #entry: LogEntry | null
  /** While it waits for the client's SNI. */
  #hello: HelloBuffer | null = null
  /** Received before there was a server. */
  #readAhead: Buffer | null = null
  #server: Server | null = null
  #relay: Relay | null = null
  #acl: Acl | null = null

  constructor(handle: TcpHandle, frontend: SessionFrontend) {
    this.#client = new Connection(handle, this, frontend.limits.bandwidth)
    this.#frontend = frontend
    this.#backend = frontend.backend
    this.#entry = frontend.log?.session(this.#client, this.#startedAt) ?? null
    if (frontend.rules) this.#applyRules(frontend.rules)
    else this.#dialTo(frontend.backend)
  }

  get address(): string {
    return this.#client.remoteAddress
  }

  onData(bytes: Buffer): void {
    if (this.#hello) {
      const name = this.#hello.push(bytes)
      if (name !== undefined) this.#choose(this.#hello, name)
      return
    }
    this.#readAhead = keep(bytes)
    this.#client.pause()
  }

  onEnd(): void {
    if (this.#hello) this.#choose(this.#hello, null)
  }

  /** The client has sent no SNI in time: its protocol may let the server speak first. */
  expire(): void {
    if (this.#hello) this.#choose(this.#hello, null)
  }

  onDrain(): void {}

  /** The client has closed the connection before there was a server. */
  onClose(): void {
    deadlines.remove(this)
    this.#hello = null
    this.#dial?.cancel()
    this.#entry?.end('client_abort')
    this.#frontend.sessionEnded(this)
  }

  onConnected(server: Server, transport: Transport): void {
    const { config } = this.#backend
    this.#server = server
    if (this.#dial) this.#entry?.dialed(this.#dial)
    this.#entry?.connected(server, NO_COOKIES)
    const ms = performance.now() - this.#chosenAt
    const bucket = latencyBucket(ms)
    this.#frontend.counters.countLatency(bucket, ms)
    server.counters.countLatency(bucket, ms)
    const { server: serverTimeout, tunnel } = config.timeouts
    const opening = Math.min(serverTimeout, this.#frontend.config.client_timeout)
    const connection = openChannel(transport, this, this.#frontend.limits.bandwidth)
    const header = transport instanceof TlsTransport ? null : this.proxyHeader()
    if (header) {
      connection.writeBytes(header)
      connection.flush()
    }
    this.#relay = new Relay(this.#client, connection, { opening, tunnel }, this)
    this.#relay.start(this.#readAhead)
    this.#readAhead = null
  }

  proxyHeader(): Buffer | null {
    const { proxy_protocol: version } = this.#backend.config
    if (version === 'none') return null
    return proxyHeader(version, { remote: this.#client.remote(), local: this.#client.local() })
  }

  onAttemptFailed(tlsError: string | null): void {
    this.#frontend.counters.connectFailures += 1
    this.#entry?.tlsFailed(tlsError)
  }

  onDialFailed(failure: DialFailure): void {
    if (this.#dial) this.#entry?.dialed(this.#dial)
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
    this.#entry?.clientHello(bytes)
  }

  onRelayClosed(termination: Termination): void {
    this.#entry?.end(termination)
    if (this.#server) this.#backend.release(this.#server, this)
    this.#frontend.sessionEnded(this)
  }

  /** A TCP stream can't be asked to end. It continues until it ends by itself. */
  drain(): void {}

  shutDown(): void {
    this.#entry?.end('shutdown')
    if (this.#relay) this.#relay.abort()
    else this.#client.reset()
  }

  onServerDown(): void {
    this.#relay?.abort()
  }

  #applyRules(rules: FrontendRules): void {
    const acl = rules.aclForSource(parseAddress(this.address))
    this.#entry?.matched(acl, null)
    if (acl?.action.type === 'deny') {
      this.#frontend.counters.connectionsDenied += 1
      this.#entry?.end('denied')
      // A FIN would look like an empty response.
      this.#client.reset()
    } else if (rules.byServerName) {
      this.#acl = acl
      this.#hello = new HelloBuffer()
      const timeout = Math.min(HELLO_MS_MAX, this.#frontend.config.client_timeout)
      this.deadline = this.#startedAt + timeout
      deadlines.add(this)
      this.#client.resume()
    } else this.#dialTo(this.#frontend.backend)
  }

  /** @param name the SNI; null without one, or if it did not arrive in time */
  #choose(hello: HelloBuffer, name: string | null): void {
    deadlines.remove(this)
    this.#hello = null
    this.#readAhead = hello.take()
    this.#chosenAt = performance.now()
    const route = this.#frontend.rules?.routeByServerName(name) ?? null
    this.#entry?.matched(this.#acl, route)
    this.#dialTo(route?.backend ?? this.#frontend.backend)
  }

  #dialTo(backend: Backend): void {
    this.#backend = backend
    this.#entry?.routedTo(backend)
    this.#dial = new Dial(backend, this, this)
    if (this.#readAhead) this.#client.pause()
    else this.#client.resume()
    this.#dial.start()
  }
}
