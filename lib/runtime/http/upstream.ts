import type { LogEntry } from '../access-log/log-entry.ts'
import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { Client } from '../balance/policy.ts'
import { Dial, type DialFailure, type DialOwner } from '../dial.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import { IterationBatch } from '../scheduling/iteration-batch.ts'
import type { Server } from '../server.ts'
import type { Transport } from '../sockets/channel.ts'
import { TlsTransport } from '../sockets/connect-tls.ts'
import { keep } from '../sockets/read-buffers.ts'
import { workUnder } from '../watchdog/work-marks.ts'
import { errorOfDial, failoverLocation } from './dial-failure.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import type { HttpError } from './message/http-error.ts'
import { isRetryable, type RequestHead } from './message/request-head.ts'
import { nextRequestId } from './request-id.ts'
import { ServerConnection } from './server-connection.ts'
import { stickyCookieValues } from './sticky-cookie.ts'

/** While a request waits for a server, up to this many bytes are read from the client, so that its FIN is noticed. */
export const READ_AHEAD_MAX_BYTES = 16 * 1024

/** Exchanges that choose their server in the next iteration, after FINs of idle connections have been read. */
const nextIteration = new IterationBatch<Upstream>(
  (upstream) => workUnder(upstream.mark, () => upstream.chooseServer()),
  (upstream) => upstream.reset(),
)

/** The server side of an exchange: chooses a server, and takes an idle connection to it or opens a new one. */
export abstract class Upstream implements DialOwner {
  useIndex = -1
  protected readonly session: ExchangeOwner
  protected readonly request: RequestHead
  protected readonly backend: Backend
  protected readonly requestId = nextRequestId()
  protected readonly cookies: readonly string[]
  /** Null if the access log is off. */
  protected readonly entry: LogEntry | null
  protected server: Server | null = null
  protected connection: ServerConnection | null = null
  /** Bytes received with the head: the start of the body, or the next request. */
  protected readAhead: Buffer | null = null
  readonly #client: Client
  #dial: Dial | null = null
  #isAbandoned = false

  constructor(session: ExchangeOwner, request: RequestHead, backend: Backend) {
    this.session = session
    this.request = request
    this.backend = backend
    this.entry = session.frontend.log?.request(session, this.requestId, request, backend) ?? null
    this.cookies = stickyCookieValues(backend.config, request.fields)
    this.#client = { address: session.address, cookies: this.cookies }
  }

  /** Sends the request on the connection. */
  protected abstract send(server: Server, connection: ServerConnection): void
  /** Responds with an error, because no connection could be opened. */
  protected abstract fail(error: HttpError, termination: Termination): void
  /** Redirects the client to the failover host, because no server is up. */
  protected abstract redirect(location: string): void
  abstract onServerDown(): void

  get mark(): number {
    return this.session.client.mark
  }

  /** @param readAhead data that arrived with the request's head */
  begin(readAhead: Buffer | null): void {
    this.readAhead = readAhead
    if (this.backend.config.protocol !== 'http') {
      this.fail(errorOfDial('no_server'), 'no_server')
      return
    }
    if (isRetryable(this.request) || !this.#mayReuse) {
      this.chooseServer()
      return
    }
    // A request that can't be retried would be lost on an idle connection whose FIN has arrived in this iteration.
    this.#keepReadAhead()
    this.session.deadline = Number.POSITIVE_INFINITY
    nextIteration.add(this)
  }

  /** Chooses a server, and sends the request on an idle or a new connection to it. */
  chooseServer(): void {
    if (this.#isAbandoned) return
    const server = this.backend.choose(this.#client)
    const idle = server && this.#mayReuse ? server.idle.take(isRetryable(this.request)) : null
    if (!server || !idle) {
      this.dial(server)
      return
    }
    this.backend.take(server, this)
    this.send(server, idle)
  }

  /**
   * Like HAProxy's `http-reuse safe`: the first request of a client connection gets a new server connection, unless it is retryable.
   * Clients expect a request to fail only on a connection that they have used before.
   */
  get #mayReuse(): boolean {
    if (this.backend.config.proxy_protocol !== 'none') return false
    return this.session.requests > 1 || isRetryable(this.request)
  }

  onConnected(server: Server, transport: Transport): void {
    const { limits } = this.session.frontend
    this.#endDial()
    const connection = new ServerConnection(transport, server.settingsVersion, limits.bandwidth)
    const header = transport instanceof TlsTransport ? null : this.proxyHeader()
    if (header) connection.channel.writeBytes(header)
    this.send(server, connection)
  }

  proxyHeader(): Buffer | null {
    const { proxy_protocol: version } = this.backend.config
    if (version === 'none') return null
    const { client } = this.session
    return proxyHeader(version, { remote: client.remote(), local: client.local() })
  }

  onAttemptFailed(tlsError: string | null): void {
    this.session.frontend.counters.connectFailures += 1
    this.entry?.tlsFailed(tlsError)
  }

  onDialFailed(failure: DialFailure): void {
    this.#endDial()
    const host = this.backend.config.failover_host
    const location = failure === 'no_server' && host ? failoverLocation(host, this.request) : null
    if (location === null) this.fail(errorOfDial(failure), failure)
    else this.redirect(location)
  }

  /** Closes the client's connection after a fault that allows no response. */
  reset(): void {
    this.session.flushAndReset()
  }

  /** The process stops. */
  shutDown(): void {
    this.entry?.end('shutdown')
  }

  /** The client has closed its connection. */
  abandon(): void {
    this.#isAbandoned = true
    this.cancelDial()
    this.releaseConnection(false)
    this.entry?.end('client_abort')
  }

  protected get isDialing(): boolean {
    return this.#dial !== null
  }

  /** @param server the chosen server; null to choose one */
  protected dial(server: Server | null): void {
    this.#keepReadAhead()
    this.session.deadline = Number.POSITIVE_INFINITY
    this.#dial = new Dial(this.backend, this.#client, this)
    if (server) this.#dial.start(server)
    else this.#dial.start()
  }

  protected cancelDial(): void {
    this.#dial?.cancel()
  }

  #endDial(): void {
    if (this.#dial) this.entry?.dialed(this.#dial)
    this.#dial = null
  }

  /** Keeps a copy of the read-ahead until there is a server, because its buffer is reused. Beyond the limit, reading stops. */
  #keepReadAhead(): void {
    if (!this.readAhead) return
    this.readAhead = keep(this.readAhead)
    if (this.readAhead.length > READ_AHEAD_MAX_BYTES) this.session.pause()
  }

  /** Returns the connection to the idle connections of its server, or closes it. */
  protected releaseConnection(isReusable: boolean): void {
    const { connection, server } = this
    this.connection = null
    if (connection && server) {
      const isCurrent =
        !server.retired &&
        connection.settingsVersion === server.settingsVersion &&
        server.state !== 'down'
      const isPooled = isReusable && isCurrent && this.backend.config.proxy_protocol === 'none'
      if (isPooled) server.idle.put(connection)
      else connection.destroy()
    }
    this.releaseServer()
  }

  protected releaseServer(): void {
    if (this.server) this.backend.release(this.server, this)
    this.server = null
  }
}
