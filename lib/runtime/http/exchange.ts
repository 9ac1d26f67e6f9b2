import type { LogEntry } from '../access-log/log-entry.ts'
import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { Client } from '../balance/policy.ts'
import { Dial, type DialFailure, type DialOwner } from '../dial.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Acl } from '../rules/acl.ts'
import type { Route } from '../rules/route.ts'
import { IterationBatch } from '../scheduling/iteration-batch.ts'
import type { Server } from '../server.ts'
import type { Transport } from '../sockets/channel.ts'
import { TlsTransport } from '../sockets/connect-tls.ts'
import { keep } from '../sockets/read-buffers.ts'
import { workUnder } from '../watchdog/work-marks.ts'
import { errorOfDial } from './dial-errors.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { FAILOVER_STATUS, failoverLocation } from './failover-location.ts'
import type { Field } from './message/field.ts'
import { forwardRequestHead } from './message/forward-request.ts'
import { HttpError } from './message/http-error.ts'
import type { RequestHead } from './message/request-head.ts'
import type { ResponseHead } from './message/response-head.ts'
import type { ResponseStickiness } from './message/response-stickiness.ts'
import { isRepeatable } from './repeatable.ts'
import { RequestBody } from './request-body.ts'
import { nextRequestId } from './request-id.ts'
import { ResponseWriter } from './response-writer.ts'
import { type ResponseSink, ServerConnection } from './server-connection.ts'
import { cookieValues, stickyCookie } from './sticky-cookie.ts'
import { Tunnel } from './tunnel.ts'

const NO_COOKIES: readonly string[] = []
/** Limit of body bytes kept while reading from the client goes on, so that its FIN is noticed. */
export const READ_AHEAD_MAX_BYTES = 16 * 1024

/** Exchanges that choose their server after this iteration of the event loop, when FINs of idle connections have been read. */
const nextIteration = new IterationBatch<Exchange>(
  (exchange) => workUnder(exchange.mark, () => exchange.chooseServer()),
  (exchange) => exchange.reset(),
)

/** One request and its answer: finds a server, sends the request on as it comes, and the answer back. */
export class Exchange implements DialOwner, ResponseSink {
  useIndex = -1
  readonly #session: ExchangeOwner
  readonly #request: RequestHead
  readonly #backend: Backend
  readonly #body: RequestBody
  readonly #response: ResponseWriter
  readonly #choice: Client
  readonly #id = nextRequestId()
  /** Null where nobody keeps a log. */
  readonly #entry: LogEntry | null
  #dial: Dial | null = null
  #server: Server | null = null
  #connection: ServerConnection | null = null
  #tunnel: Tunnel | null = null
  /** Received with the head: the body's beginning, or the next request. */
  #readAhead: Buffer | null = null
  /** Sent a second time, as the first server connection ended without any answer. */
  #isRetry = false
  /** The client is gone. */
  #abandoned = false

  /** @param rules that let it go to this backend, where the frontend has any */
  constructor(
    session: ExchangeOwner,
    request: RequestHead,
    backend: Backend,
    rules: { acl: Acl | null; route: Route | null } | null = null,
  ) {
    this.#session = session
    this.#request = request
    this.#backend = backend
    this.#body = new RequestBody(request.framing)
    this.#response = new ResponseWriter(session, request)
    this.#entry = session.frontend.log?.request(session, this.#id, request, backend) ?? null
    if (rules) this.#entry?.matched(rules.acl, rules.route)
    const { sticky } = this.#backend.config
    const cookies =
      sticky.type === 'cookie' ? cookieValues(request.fields, sticky.name) : NO_COOKIES
    this.#choice = { address: session.address, cookies }
  }

  get mark(): number {
    return this.#session.client.mark
  }

  /** @param early what came with the request's head */
  begin(early: Buffer | null): void {
    this.#readAhead = early
    if (this.#backend.config.protocol !== 'http') {
      this.#fail(errorOfDial('no_server'), 'no_server')
      return
    }
    if (isRepeatable(this.#request) || !this.#mayReuse) {
      this.chooseServer()
      return
    }
    // An idle connection may have an unread FIN in this iteration. A request that can't be repeated would be lost on it.
    this.#keepReadAhead()
    this.#session.deadline = Number.POSITIVE_INFINITY
    nextIteration.add(this)
  }

  /** Chooses a server, and sends the request on an idle connection of it or a new one. */
  chooseServer(): void {
    if (this.#abandoned) return
    const server = this.#backend.choose(this.#choice)
    const idle = server && this.#mayReuse ? server.idle.take(isRepeatable(this.#request)) : null
    if (!server || !idle) {
      this.#dialServer(server)
      return
    }
    this.#backend.take(server, this)
    this.#send(server, idle)
  }

  /**
   * Like HAProxy's `http-reuse safe`: the first request of a client connection gets a new server connection, unless it is
   * repeatable. Clients expect to lose a request only on a connection that they have used before.
   */
  get #mayReuse(): boolean {
    if (this.#backend.config.proxy_protocol !== 'none') return false
    return this.#session.requests > 1 || isRepeatable(this.#request)
  }

  // The way to a server.

  onConnected(server: Server, transport: Transport): void {
    const { limits } = this.#session.frontend
    if (this.#dial) this.#entry?.dialed(this.#dial)
    this.#dial = null
    const connection = new ServerConnection(transport, server.settingsVersion, limits.bandwidth)
    const header = transport instanceof TlsTransport ? null : this.proxyHeader()
    if (header) connection.connection.bytes(header)
    this.#send(server, connection)
  }

  proxyHeader(): Buffer | null {
    const { proxy_protocol: version } = this.#backend.config
    if (version === 'none') return null
    const { client } = this.#session
    return proxyHeader(version, { remote: client.remote(), local: client.local() })
  }

  onAttemptFailed(words: string | null): void {
    this.#session.frontend.counters.connectFailures += 1
    this.#entry?.tlsFailed(words)
  }

  onDialFailed(failure: DialFailure): void {
    if (this.#dial) this.#entry?.dialed(this.#dial)
    this.#dial = null
    const host = this.#backend.config.failover_host
    const location = failure === 'no_server' && host ? failoverLocation(host, this.#request) : null
    if (location === null) this.#fail(errorOfDial(failure), failure)
    else this.#redirectToFailoverHost(location)
  }

  // What the client sends.

  onRequestBytes(bytes: Buffer): void {
    const server = this.#connection?.connection
    if (!server || this.#body.done) {
      this.#session.buffer(bytes)
      return
    }
    const rest = this.#forwardBody(bytes)
    if (rest === undefined) return
    if (!server.flush()) this.#session.stop()
    if (rest) this.#session.putBack(rest)
    this.#extendDeadline()
  }

  onClientDrain(): void {
    this.#connection?.connection.resume()
    this.#extendDeadline()
  }

  /** The client has ended, and all that it sent after the request's head has been handed over. */
  onClientEnd(): void {
    // It may still read the answer, unless the server can't get the whole request any more.
    if (!this.#body.done && !this.#readAhead) this.#session.client.destroy()
  }

  /** The client is gone: nobody waits for an answer. */
  abandon(): void {
    this.#abandoned = true
    this.#dial?.cancel()
    this.#releaseConnection(false)
    this.#entry?.end('client_abort')
  }

  // What the server sends.

  onDrain(): void {
    if (!this.#body.done) this.#session.resume()
  }

  onInformational(head: ResponseHead): void {
    this.#response.writeInterim(head, this.#stickiness(null))
    this.#flush()
  }

  onHead(head: ResponseHead): void {
    const server = this.#server
    this.#entry?.responded(head.status)
    if (server) this.#response.writeHead(head, server, this.#body.done, this.#stickiness(server))
  }

  onBody(data: Buffer): void {
    this.#response.writeBody(data)
  }

  onReadEnd(): void {
    this.#extendDeadline()
    if (!this.#flush()) this.#connection?.connection.pause()
  }

  onComplete(reusable: boolean, trailers: readonly Field[]): void {
    this.#response.finish(trailers)
    this.#flush()
    // After an upgrade that was asked for and not made, servers disagree on whether this is HTTP still.
    this.#releaseConnection(reusable && this.#body.done && this.#request.upgrade === null)
    this.#entry?.end('complete')
    const asked = this.#body.done && !this.#request.keepAlive
    this.#session.onExchangeDone(this.#response.keepAlive, asked)
  }

  onServerAbort(
    error: HttpError | null,
    how: Termination = error ? 'bad_response' : 'server_abort',
  ): void {
    const unseen = error === null && !this.#isRetry && this.#connection?.responding === false
    const server = this.#server
    if (this.#response.started) {
      this.#abortResponse(how)
      return
    }
    this.#releaseConnection(false)
    if (unseen && isRepeatable(this.#request)) {
      this.#isRetry = true
      this.#backend.counters.retries += 1
      this.#entry?.dialed({ queueMs: 0, retries: 1 })
      this.#dialServer(null)
      return
    }
    if (server) server.counters.proxyErrors += 1
    const unanswered = 'The server closed the connection without an answer.'
    this.#fail(error ?? new HttpError(502, unanswered), how)
  }

  onSwitch(head: ResponseHead, rest: Buffer): void {
    const { upgrade } = this.#request
    const [connection, server] = [this.#connection, this.#server]
    if (!connection || !server || upgrade === null || head.upgrade !== upgrade) {
      connection?.destroy()
      this.onServerAbort(new HttpError(502, 'The server switched protocols unasked.'))
      return
    }
    const { client, frontend } = this.#session
    this.#entry?.responded(head.status)
    this.#response.count(head.status, server)
    this.#response.writeInterim(head, this.#stickiness(server))
    this.#flush()
    const early = this.#session.detach()
    const use = { frontend, backend: this.#backend, server, entry: this.#entry }
    this.#tunnel = new Tunnel(client, connection.detach(), use, (how) => {
      this.#releaseServer()
      this.#entry?.end(how)
      frontend.sessionEnded(this.#session)
    })
    this.#tunnel.start(early, rest)
  }

  // Ends before the end.

  /** A fault after which no response is possible. */
  reset(): void {
    this.#session.flushAndReset()
  }

  /** Nothing moved for as long as it may. */
  onTimeout(): void {
    const late = this.#waitsForClient ? 'client_timeout' : 'server_timeout'
    if (this.#response.started) this.#abortResponse(late)
    else if (this.#body.done)
      this.#fail(new HttpError(504, 'The server did not answer in time.'), late)
    else this.#fail(new HttpError(408, 'The request did not arrive in time.'), late)
  }

  onServerDown(): void {
    if (this.#tunnel) {
      this.#tunnel.abort()
      return
    }
    if (this.#dial) return
    this.#connection?.destroy()
    this.onServerAbort(new HttpError(502, 'The server went down.'), 'server_down')
  }

  /** The process ends. */
  shutDown(): void {
    this.#entry?.end('shutdown')
  }

  /** Keeps body bytes that arrived with the head until there is a server. Beyond the limit it pauses reading. */
  #keepReadAhead(): void {
    if (!this.#readAhead) return
    this.#readAhead = keep(this.#readAhead)
    if (this.#readAhead.length > READ_AHEAD_MAX_BYTES) this.#session.stop()
  }

  #dialServer(server: Server | null): void {
    this.#keepReadAhead()
    this.#session.deadline = Number.POSITIVE_INFINITY
    this.#dial = new Dial(this.#backend, this.#choice, this)
    if (server) this.#dial.start(server)
    else this.#dial.start()
  }

  #send(server: Server, connection: ServerConnection): void {
    this.#server = server
    this.#connection = connection
    this.#entry?.connected(server, this.#choice.cookies)
    if (!this.#isRetry) server.counters.requestsTotal += 1
    connection.begin(this, this.#request.method)
    connection.connection.text(this.#requestHead())
    const early = this.#readAhead
    this.#readAhead = null
    const rest = early && !this.#body.done ? this.#forwardBody(early) : early
    if (rest === undefined) return
    const takesMore = connection.connection.flushSoon()
    if (rest) this.#session.putBack(rest)
    else if (!takesMore) this.#session.stop()
    else if (early || !this.#body.done) this.#session.resume()
    this.#extendDeadline()
  }

  #requestHead(): string {
    const { sticky, host } = this.#backend.config
    const { client, address, frontend } = this.#session
    const nameless = this.#request.host === ''
    return forwardRequestHead(this.#request, {
      clientAddress: address,
      frontendAddress: nameless ? client.local().address : undefined,
      frontendPort: frontend.config.port,
      requestId: this.#id,
      serverHost: host ?? undefined,
      dropCookie: sticky.type === 'cookie' ? sticky.name : undefined,
    })
  }

  /** Takes the body a step further. @returns what follows the body; undefined where the body breaks the rules */
  #forwardBody(bytes: Buffer): Buffer | null | undefined {
    const server = this.#connection?.connection
    if (!server) return undefined
    const before = server.bytesWritten
    try {
      const rest = this.#body.push(bytes, server)
      this.#entry?.received(bytes.length - (rest?.length ?? 0))
      return rest
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (!this.#response.started) this.#fail(error, 'bad_request')
      else {
        this.#entry?.end('bad_request')
        this.#session.flushAndReset()
      }
      return undefined
    } finally {
      if (this.#server) this.#server.counters.bytesIn += server.bytesWritten - before
    }
  }

  /** Sends what is ready for the client. @returns whether it takes more now */
  #flush(): boolean {
    const takesMore = this.#session.client.flushSoon()
    const size = this.#session.takeSentBytes()
    this.#session.frontend.counters.bytesOut += size
    if (this.#server) this.#server.counters.bytesOut += size
    this.#entry?.sent(size)
    return takesMore
  }

  /** No server is up: redirects the client to the failover host. */
  #redirectToFailoverHost(location: string): void {
    const { counters } = this.#session.frontend
    counters.requestsRedirected += 1
    if (this.#entry) this.#entry.status = FAILOVER_STATUS
    this.#response.writeRedirect(FAILOVER_STATUS, location, this.#id, this.#body.done)
    this.#finishOwnResponse('no_server')
  }

  /** Answers in the server's place. */
  #fail(error: HttpError, how: Termination): void {
    if (this.#entry) this.#entry.status = error.status
    const { counters } = this.#session.frontend
    counters.proxyErrors += 1
    if (error.status < 500) counters.badRequests += 1
    // A client that sends no request, or a wrong one, says nothing about the server.
    if (this.#server && error.status >= 500) this.#server.counters.proxyErrors += 1
    this.#dial?.cancel()
    this.#releaseConnection(false)
    this.#response.writeError(error, this.#id, this.#body.done)
    this.#finishOwnResponse(how)
  }

  #finishOwnResponse(how: Termination): void {
    this.#flush()
    this.#entry?.end(how)
    const early = this.#readAhead
    this.#readAhead = null
    if (early && this.#response.keepAlive) this.#session.putBack(early)
    this.#session.onExchangeDone(this.#response.keepAlive)
  }

  /** The answer ends before it is complete. Where the client is who does not read it, that is not the server's. */
  #abortResponse(how: Termination): void {
    this.#session.frontend.counters.aborted += 1
    const server = this.#session.client.congested ? null : this.#server
    if (server) server.counters.aborted += 1
    this.#flush()
    this.#releaseConnection(false)
    this.#entry?.end(how)
    this.#session.flushAndReset()
  }

  /** How to rewrite the response head for stickiness. @param server null for an interim response, which sets no cookie */
  #stickiness(server: Server | null): ResponseStickiness | null {
    const { sticky } = this.#backend.config
    if (sticky.type !== 'cookie') return null
    const kept = !server || this.#choice.cookies.includes(server.opaqueId)
    return {
      cookieName: sticky.name,
      setCookie: kept ? null : stickyCookie(sticky.name, server.opaqueId),
      nocache: sticky.nocache,
    }
  }

  /** Gives the server connection back to its server, or closes it. */
  #releaseConnection(reusable: boolean): void {
    const connection = this.#connection
    const server = this.#server
    this.#connection = null
    if (connection && server) {
      const fits =
        !server.retired &&
        connection.settingsVersion === server.settingsVersion &&
        server.state !== 'down'
      const pooled = reusable && fits && this.#backend.config.proxy_protocol === 'none'
      if (pooled) server.idle.put(connection)
      else connection.destroy()
    }
    this.#releaseServer()
  }

  #releaseServer(): void {
    if (this.#server) this.#backend.release(this.#server, this)
    this.#server = null
  }

  #extendDeadline(): void {
    const timeout = this.#waitsForClient
      ? this.#session.frontend.config.client_timeout
      : this.#backend.config.timeouts.server
    this.#session.deadline = performance.now() + timeout
  }

  get #waitsForClient(): boolean {
    return !this.#body.done || this.#session.client.congested
  }
}
