import type { Termination } from '../access-log/termination.ts'
import type { Backend } from '../backend.ts'
import type { Acl } from '../rules/acl.ts'
import type { Route } from '../rules/route.ts'
import type { Server } from '../server.ts'
import { FAILOVER_STATUS } from './dial-failure.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import type { Field } from './message/field.ts'
import { forwardRequestHead } from './message/forward-request.ts'
import { HttpError } from './message/http-error.ts'
import { isRetryable, type RequestHead } from './message/request-head.ts'
import type { ResponseHead } from './message/response-head.ts'
import { RequestBody } from './request-body.ts'
import { ResponseWriter } from './response-writer.ts'
import type { ResponseSink, ServerConnection } from './server-connection.ts'
import { responseStickiness } from './sticky-cookie.ts'
import { Tunnel } from './tunnel.ts'
import { Upstream } from './upstream.ts'

/** One request and its response. Forwards the request to a server as it arrives, and the response to the client. */
export class Exchange extends Upstream implements ResponseSink {
  readonly #body: RequestBody
  readonly #response: ResponseWriter
  #tunnel: Tunnel | null = null
  /** The request was sent a second time, because the first server connection closed without a response. */
  #isRetry = false

  /** @param rules the ACL and the route that matched; null if the frontend has no rules */
  constructor(
    session: ExchangeOwner,
    request: RequestHead,
    backend: Backend,
    rules: { acl: Acl | null; route: Route | null } | null = null,
  ) {
    super(session, request, backend)
    this.#body = new RequestBody(request.framing)
    this.#response = new ResponseWriter(session, request, this.requestId)
    if (rules) this.entry?.matched(rules.acl, rules.route)
  }

  onRequestBytes(bytes: Buffer): void {
    const server = this.connection?.channel
    if (!server || this.#body.done) {
      this.session.buffer(bytes)
      return
    }
    const rest = this.#forwardBody(bytes)
    if (rest === undefined) return
    if (!server.flush()) this.session.pause()
    if (rest) this.session.putBack(rest)
    this.#extendDeadline()
  }

  onClientDrain(): void {
    this.connection?.channel.resume()
    this.#extendDeadline()
  }

  /** The client has sent a FIN, and all its data has been handled. */
  onClientEnd(): void {
    // A client that has half-closed may still read the response, unless its request is incomplete.
    if (!this.#body.done && !this.readAhead) this.session.client.destroy()
  }

  onDrain(): void {
    if (!this.#body.done) this.session.resume()
  }

  onInformational(head: ResponseHead): void {
    this.#response.writeInterim(head, responseStickiness(this.backend.config, this.cookies, null))
    this.#flush()
  }

  onHead(head: ResponseHead): void {
    const { server } = this
    this.entry?.responded(head.status)
    if (!server) return
    const stickiness = responseStickiness(this.backend.config, this.cookies, server)
    this.#response.writeHead(head, server, this.#body.done, stickiness)
  }

  onBody(data: Buffer): void {
    this.#response.writeBody(data)
  }

  onReadEnd(): void {
    this.#extendDeadline()
    if (!this.#flush()) this.connection?.channel.pause()
  }

  onComplete(isReusable: boolean, trailers: readonly Field[]): void {
    this.#response.finish(trailers)
    this.#flush()
    // After a refused upgrade, some servers no longer speak HTTP on the connection, so it is not reused.
    this.releaseConnection(isReusable && this.#body.done && this.request.upgrade === null)
    this.entry?.end('complete')
    const clientCloses = this.#body.done && !this.request.keepAlive
    this.session.onExchangeDone(this.#response.keepAlive, clientCloses)
  }

  onServerAbort(
    error: HttpError | null,
    termination: Termination = error ? 'bad_response' : 'server_abort',
  ): void {
    const isUnanswered = error === null && !this.#isRetry && this.connection?.responding === false
    const { server } = this
    if (this.#response.started) {
      this.#abortResponse(termination)
      return
    }
    this.releaseConnection(false)
    if (isUnanswered && isRetryable(this.request)) {
      this.#isRetry = true
      this.backend.counters.retries += 1
      this.entry?.dialed({ queueMs: 0, retries: 1 })
      this.dial(null)
      return
    }
    if (server) server.counters.proxyErrors += 1
    const message = 'The server closed the connection without a response.'
    this.fail(error ?? new HttpError(502, message), termination)
  }

  onSwitch(head: ResponseHead, rest: Buffer): void {
    const { upgrade } = this.request
    const { connection, server } = this
    if (!connection || !server || upgrade === null || head.upgrade !== upgrade) {
      connection?.destroy()
      this.onServerAbort(new HttpError(502, 'The server switched protocols without a request.'))
      return
    }
    const { client, frontend } = this.session
    this.entry?.responded(head.status)
    this.#response.count(head.status, server)
    const stickiness = responseStickiness(this.backend.config, this.cookies, server)
    this.#response.writeInterim(head, stickiness)
    this.#flush()
    const readAhead = this.session.detach()
    const use = { frontend, backend: this.backend, server, entry: this.entry }
    this.#tunnel = new Tunnel(client, connection.detach(), use, (termination) => {
      this.releaseServer()
      this.entry?.end(termination)
      frontend.sessionEnded(this.session)
    })
    this.#tunnel.start(readAhead, rest)
  }

  onTimeout(): void {
    const timeout = this.#waitsForClient ? 'client_timeout' : 'server_timeout'
    if (this.#response.started) this.#abortResponse(timeout)
    else if (this.#body.done) {
      this.fail(new HttpError(504, 'The server did not respond in time.'), timeout)
    } else this.fail(new HttpError(408, 'The request did not arrive in time.'), timeout)
  }

  onServerDown(): void {
    if (this.#tunnel) {
      this.#tunnel.abort()
      return
    }
    if (this.isDialing) return
    this.connection?.destroy()
    this.onServerAbort(new HttpError(502, 'The server went down.'), 'server_down')
  }

  protected send(server: Server, connection: ServerConnection): void {
    this.server = server
    this.connection = connection
    this.entry?.connected(server, this.cookies)
    if (!this.#isRetry) server.counters.requestsTotal += 1
    connection.begin(this, this.request.method)
    connection.channel.writeText(this.#requestHead())
    const { readAhead } = this
    this.readAhead = null
    const rest = readAhead && !this.#body.done ? this.#forwardBody(readAhead) : readAhead
    if (rest === undefined) return
    const isWritable = connection.channel.flushSoon()
    if (rest) this.session.putBack(rest)
    else if (!isWritable) this.session.pause()
    else if (readAhead || !this.#body.done) this.session.resume()
    this.#extendDeadline()
  }

  protected fail(error: HttpError, termination: Termination): void {
    if (this.entry) this.entry.status = error.status
    const { counters } = this.session.frontend
    counters.proxyErrors += 1
    if (error.status < 500) counters.badRequests += 1
    // A bad request does not count against the server.
    if (this.server && error.status >= 500) this.server.counters.proxyErrors += 1
    this.cancelDial()
    this.releaseConnection(false)
    this.#response.writeError(error, this.#body.done)
    this.#finishOwnResponse(termination)
  }

  protected redirect(location: string): void {
    const { counters } = this.session.frontend
    counters.requestsRedirected += 1
    if (this.entry) this.entry.status = FAILOVER_STATUS
    this.#response.writeRedirect(FAILOVER_STATUS, location, this.#body.done)
    this.#finishOwnResponse('no_server')
  }

  #requestHead(): string {
    const { sticky, host } = this.backend.config
    const { client, address, frontend } = this.session
    return forwardRequestHead(this.request, {
      clientAddress: address,
      frontendAddress: this.request.host === '' ? client.local().address : undefined,
      frontendPort: frontend.config.port,
      requestId: this.requestId,
      serverHost: host ?? undefined,
      dropCookie: sticky.type === 'cookie' ? sticky.name : undefined,
    })
  }

  /** Forwards part of the body. @returns the data after the body; undefined if the body is malformed, and the exchange has failed */
  #forwardBody(bytes: Buffer): Buffer | null | undefined {
    const server = this.connection?.channel
    if (!server) return undefined
    const before = server.bytesWritten
    try {
      const rest = this.#body.push(bytes, server)
      this.entry?.received(bytes.length - (rest?.length ?? 0))
      return rest
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (!this.#response.started) this.fail(error, 'bad_request')
      else {
        this.entry?.end('bad_request')
        this.session.flushAndReset()
      }
      return undefined
    } finally {
      if (this.server) this.server.counters.bytesIn += server.bytesWritten - before
    }
  }

  /** Flushes what was written to the client, and counts it. @returns false if the write buffer is full */
  #flush(): boolean {
    const isWritable = this.session.client.flushSoon()
    const size = this.session.takeSentBytes()
    this.session.frontend.counters.bytesOut += size
    if (this.server) this.server.counters.bytesOut += size
    this.entry?.sent(size)
    return isWritable
  }

  /** Ends an exchange whose response the load balancer generated. */
  #finishOwnResponse(termination: Termination): void {
    this.#flush()
    this.entry?.end(termination)
    const { readAhead } = this
    this.readAhead = null
    if (readAhead && this.#response.keepAlive) this.session.putBack(readAhead)
    this.session.onExchangeDone(this.#response.keepAlive)
  }

  /** Resets the connection in the middle of a response. This does not count against the server if the client is not reading. */
  #abortResponse(termination: Termination): void {
    this.session.frontend.counters.aborted += 1
    const server = this.session.client.congested ? null : this.server
    if (server) server.counters.aborted += 1
    this.#flush()
    this.releaseConnection(false)
    this.entry?.end(termination)
    this.session.flushAndReset()
  }

  #extendDeadline(): void {
    const timeout = this.#waitsForClient
      ? this.session.frontend.config.client_timeout
      : this.backend.config.timeouts.server
    this.session.deadline = performance.now() + timeout
  }

  get #waitsForClient(): boolean {
    return !this.#body.done || this.session.client.congested
  }
}
