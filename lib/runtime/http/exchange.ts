import type { Socket } from 'node:net'
import { latencyBucket } from '#lib/config/latency.ts'
import type { Backend } from '../backend.ts'
import type { Client } from '../balance/policy.ts'
import { Dial, type DialFailure, type DialOwner } from '../dial.ts'
import { proxyHeader } from '../proxy-protocol/proxy-header.ts'
import type { Server } from '../server.ts'
import { Relay, type RelayOwner } from '../tcp/relay.ts'
import { cookieValue, stickyCookie } from './cookie.ts'
import { errorOfDial } from './dial-errors.ts'
import type { HttpSession } from './http-session.ts'
import { encodeChunk, LAST_CHUNK } from './message/chunked-decoder.ts'
import { errorResponse } from './message/error-response.ts'
import { forwardRequestHead } from './message/forward-request.ts'
import { forwardResponseHead } from './message/forward-response.ts'
import { type Framing, NO_BODY } from './message/framing.ts'
import { HttpError } from './message/http-error.ts'
import type { RequestHead } from './message/request-head.ts'
import type { ResponseHead } from './message/response-head.ts'
import { isRepeatable } from './repeatable.ts'
import { RequestBody } from './request-body.ts'
import { nextRequestId } from './request-id.ts'
import { clientFraming } from './response-framing.ts'
import { type ResponseSink, ServerConnection } from './server-connection.ts'
import { writeNow, writeSoon } from './write-batch.ts'

/** One request and its answer: finds a server, sends the request on as it comes, and the answer back. */
export class Exchange implements DialOwner, ResponseSink, RelayOwner {
  readonly #session: HttpSession
  readonly #request: RequestHead
  readonly #backend: Backend
  readonly #body: RequestBody
  readonly #client: Client
  readonly #id = nextRequestId()
  #dial: Dial | null = null
  #server: Server | null = null
  #connection: ServerConnection | null = null
  #relay: Relay | null = null
  /** Received with the head: the body's beginning, or the next request. */
  #early: Buffer | null = null
  #reused = false
  /** The final answer's head is on its way to the client. */
  #answered = false
  #keepAlive = false
  #framing: Framing = NO_BODY
  /** For the client, to be written as one. */
  #out: Buffer[] = []

  constructor(session: HttpSession, request: RequestHead) {
    this.#session = session
    this.#request = request
    this.#backend = session.frontend.backend
    this.#body = new RequestBody(request.framing)
    const { sticky } = this.#backend.config
    const cookie = sticky.type === 'cookie' ? cookieValue(request.fields, sticky.name) : null
    this.#client = { address: session.address, cookie }
  }

  /** @param early what came with the request's head */
  begin(early: Buffer | null): void {
    this.#early = early
    const { protocol, proxy_protocol: proxy } = this.#backend.config
    if (protocol !== 'http') {
      this.#fail(errorOfDial('no_server'))
      return
    }
    const server = this.#backend.choose(this.#client, null)
    const idle = proxy === 'none' ? (server?.idle.take(isRepeatable(this.#request)) ?? null) : null
    if (!server || !idle) {
      this.#dialServer(server)
      return
    }
    this.#backend.take(server, this)
    this.#reused = true
    this.#send(server, idle)
  }

  onConnected(server: Server, socket: Socket): void {
    this.#dial = null
    const header = proxyHeader(this.#backend.config.proxy_protocol, this.#session.client)
    if (header) socket.write(header)
    this.#send(server, new ServerConnection(socket, server.port))
  }

  onAttemptFailed(): void {
    this.#session.frontend.counters.connectFailures += 1
  }

  onDialFailed(failure: DialFailure): void {
    this.#dial = null
    this.#fail(errorOfDial(failure))
  }

  onRequestBytes(chunk: Buffer): void {
    if (!this.#connection || this.#body.done) {
      this.#session.hold(chunk)
      return
    }
    const out: Buffer[] = []
    const rest = this.#follow(chunk, out)
    if (rest === undefined) return
    if (!this.#write(out)) this.#session.client.pause()
    if (rest) this.#session.hold(rest)
    this.#touch()
  }

  onDrain(): void {
    if (!this.#body.done) this.#session.resume()
  }

  onClientDrain(): void {
    this.#connection?.socket.resume()
    this.#touch()
  }

  onClientEnd(): void {
    // It may still read the answer, unless the server can't get the whole request any more.
    if (!this.#body.done) this.#session.client.destroy()
  }

  onInformational(head: ResponseHead): void {
    if (this.#request.version === 10) return
    const hop = { clientVersion: this.#request.version, keepAlive: true, framing: NO_BODY }
    this.#out.push(forwardResponseHead(head, hop))
    this.#flush()
  }

  onHead(head: ResponseHead): void {
    const { version } = this.#request
    this.#answered = true
    this.#framing = clientFraming(head, version)
    // Where the request's end is still to come, the next one's beginning is not known.
    this.#keepAlive =
      this.#mayKeepAlive() && this.#framing.type !== 'until_close' && this.#session.mayKeepAlive
    this.#countAnswer(head.status)
    const setCookie = this.#newCookie()
    this.#out.push(
      forwardResponseHead(head, {
        clientVersion: version,
        keepAlive: this.#keepAlive,
        framing: this.#framing,
        ...(setCookie === null ? {} : { setCookie }),
      }),
    )
  }

  onBody(data: Buffer): void {
    if (this.#framing.type === 'chunked') this.#out.push(...encodeChunk(data))
    else this.#out.push(data)
  }

  onBurstEnd(): void {
    if (this.#out.length === 0) return
    this.#touch()
    if (!this.#flush()) this.#connection?.socket.pause()
  }

  onComplete(reusable: boolean): void {
    if (this.#framing.type === 'chunked') this.#out.push(LAST_CHUNK)
    this.#flush()
    this.#letGo(reusable && this.#body.done)
    this.#session.onExchangeDone(this.#keepAlive)
  }

  onBroken(error: HttpError | null): void {
    const connection = this.#connection
    const server = this.#server
    if (this.#answered) this.#countAborted()
    this.#letGo(false)
    if (this.#answered) {
      this.#flush()
      this.#session.cutOff()
      return
    }
    const unseen = error === null && this.#reused && connection?.answering === false
    if (unseen && isRepeatable(this.#request)) {
      this.#reused = false
      this.#dialServer(null)
      return
    }
    if (server) server.counters.proxyErrors += 1
    this.#fail(error ?? new HttpError(502, 'The server closed the connection without an answer.'))
  }

  onSwitch(head: ResponseHead, rest: Buffer): void {
    const { upgrade } = this.#request
    const connection = this.#connection
    if (!connection || upgrade === null || head.upgrade !== upgrade) {
      connection?.destroy()
      this.onBroken(new HttpError(502, 'The server switched protocols unasked.'))
      return
    }
    const { client } = this.#session
    this.#countAnswer(head.status)
    const hop = { clientVersion: this.#request.version, keepAlive: true, framing: NO_BODY }
    this.#out.push(forwardResponseHead(head, hop))
    this.#flush()
    const { tunnel } = this.#backend.config.timeouts
    writeNow(client)
    writeNow(connection.socket)
    const early = this.#session.detach()
    this.#relay = new Relay(client, connection.detach(), { opening: tunnel, tunnel }, this)
    this.#relay.start(early, rest)
  }

  /** Nothing moved for as long as it may. */
  onTimeout(): void {
    if (this.#answered) {
      this.#countAborted()
      this.#session.cutOff()
      return
    }
    if (this.#body.done) this.#fail(new HttpError(504, 'The server did not answer in time.'))
    else this.#fail(new HttpError(408, 'The request did not arrive in time.'))
  }

  /** The server is down and keeps no sessions. */
  cutOff(): void {
    if (this.#relay) {
      this.#relay.abort()
      return
    }
    if (this.#dial) return
    this.#connection?.destroy()
    this.onBroken(new HttpError(502, 'The server went down.'))
  }

  /** The client is gone: nobody waits for an answer. */
  abandon(): void {
    this.#dial?.cancel()
    this.#letGo(false)
  }

  countIn(bytes: number): void {
    this.#session.frontend.counters.bytesIn += bytes
    if (this.#server) this.#server.counters.bytesIn += bytes
  }

  countOut(bytes: number): void {
    this.#session.frontend.counters.bytesOut += bytes
    if (this.#server) this.#server.counters.bytesOut += bytes
  }

  onRelayClosed(): void {
    this.#release()
    this.#session.frontend.left(this.#session)
  }

  #dialServer(server: Server | null): void {
    this.#session.deadline = Number.POSITIVE_INFINITY
    this.#dial = new Dial(this.#backend, this.#client, this)
    if (server) this.#dial.start(server)
    else this.#dial.start()
  }

  #send(server: Server, connection: ServerConnection): void {
    this.#server = server
    this.#connection = connection
    server.counters.requestsTotal += 1
    connection.begin(this, this.#request.method)
    const { sticky } = this.#backend.config
    const { localAddress } = this.#session.client
    const out = [
      forwardRequestHead(this.#request, {
        clientAddress: this.#session.address,
        frontendPort: this.#session.frontend.config.port,
        requestId: this.#id,
        ...(localAddress ? { frontendAddress: localAddress } : {}),
        ...(sticky.type === 'cookie' ? { dropCookie: sticky.name } : {}),
      }),
    ]
    const early = this.#early
    this.#early = null
    const rest = early && !this.#body.done ? this.#follow(early, out) : early
    if (rest === undefined) return
    const wantsMore = this.#write(out)
    if (rest) this.#session.hold(rest)
    else if (wantsMore && !this.#body.done) this.#session.resume()
    this.#touch()
  }

  /** Takes the body a step further. @returns what follows the body; undefined where the body breaks the rules */
  #follow(chunk: Buffer, out: Buffer[]): Buffer | null | undefined {
    try {
      return this.#body.push(chunk, out)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (this.#answered) this.#session.cutOff()
      else this.#fail(error)
      return undefined
    }
  }

  /** Writes to the server. @returns whether it takes more now */
  #write(out: Buffer[]): boolean {
    if (!this.#connection || !this.#server) return true
    for (const buffer of out) this.#server.counters.bytesIn += buffer.length
    return writeSoon(this.#connection.socket, out)
  }

  /** Writes what is ready for the client. @returns whether it takes more now */
  #flush(): boolean {
    const out = this.#out
    if (out.length === 0) return true
    this.#out = []
    let size = 0
    for (const buffer of out) size += buffer.length
    this.countOut(size)
    return writeSoon(this.#session.client, out)
  }

  /** Answers in the server's place. */
  #fail(error: HttpError): void {
    this.#session.frontend.counters.proxyErrors += 1
    // A client that sends no request, or a wrong one, says nothing about the server.
    if (this.#server && error.status >= 500) this.#server.counters.proxyErrors += 1
    this.#dial?.cancel()
    this.#letGo(false)
    this.#answered = true
    this.#keepAlive = this.#mayKeepAlive() && this.#session.mayKeepAlive
    this.#session.frontend.counters.answered(error.status)
    const head = this.#request.method === 'HEAD'
    this.#out = [errorResponse(error, { requestId: this.#id, keepAlive: this.#keepAlive, head })]
    this.#flush()
    if (this.#early && this.#keepAlive) this.#session.hold(this.#early)
    this.#session.onExchangeDone(this.#keepAlive)
  }

  #countAnswer(status: number): void {
    const bucket = latencyBucket(performance.now() - this.#session.requestedAt)
    const { counters } = this.#session.frontend
    counters.answered(status)
    counters.responded(bucket)
    this.#server?.counters.answered(status)
    this.#server?.counters.responded(bucket)
  }

  /** The answer ends before it is complete. Where the client is who does not read it, that is not the server's. */
  #countAborted(): void {
    this.#session.frontend.counters.aborted += 1
    const server = this.#session.client.writableNeedDrain ? null : this.#server
    if (server) server.counters.aborted += 1
  }

  #mayKeepAlive(): boolean {
    return this.#request.keepAlive && this.#body.done
  }

  #newCookie(): string | null {
    const { sticky } = this.#backend.config
    if (sticky.type !== 'cookie' || !this.#server) return null
    if (this.#client.cookie === this.#server.opaqueId) return null
    return stickyCookie(sticky.name, this.#server.opaqueId)
  }

  /** Gives the server connection back to its server, or closes it. */
  #letGo(reusable: boolean): void {
    const connection = this.#connection
    const server = this.#server
    this.#connection = null
    if (connection && server) {
      const fits = !server.retired && connection.port === server.port && server.state !== 'down'
      const pooled = reusable && fits && this.#backend.config.proxy_protocol === 'none'
      if (pooled) server.idle.put(connection)
      else connection.destroy()
    }
    this.#release()
  }

  #release(): void {
    if (this.#server) this.#backend.release(this.#server, this)
    this.#server = null
  }

  #touch(): void {
    const { client_timeout: clientTimeout } = this.#session.frontend.config
    const waitsForClient = !this.#body.done || this.#session.client.writableNeedDrain
    const timeout = waitsForClient ? clientTimeout : this.#backend.config.timeouts.server
    this.#session.deadline = performance.now() + timeout
  }
}
