import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { SessionFrontend } from '../client-session.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import type { FrontendRules } from '../rules/frontend-rules.ts'
import { RequestMatch } from '../rules/request-match.ts'
import { type Address, parseAddress } from '../rules/subnets.ts'
import { keep } from '../sockets/read-buffers.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { errorResponse } from './message/error-response.ts'
import { HeadBuffer } from './message/head-buffer.ts'
import { HttpError } from './message/http-error.ts'
import { parseRequestHead, type RequestHead } from './message/request-head.ts'
import { nextRequestId } from './request-id.ts'
import { respondByRule } from './rule-response.ts'
import { SessionInput } from './session-input.ts'
import { READ_AHEAD_MAX_BYTES } from './upstream.ts'

/** The time from a request's first byte until its head must be complete. Milliseconds. */
export const HEAD_MS_MAX = 10_000
/** The time that a client may take to read the last response and close, once we have ended our direction. Milliseconds. */
const LINGER_MS = 2000

/** A request that is being matched with rules. */
type Matching = { rules: FrontendRules; request: RequestMatch; readAhead: Buffer | null }

type Phase = 'idle' | 'head' | 'matching' | 'exchange' | 'lingering' | 'closed'

/** A client connection in HTTP mode: handles its requests one after the other, each as an exchange. */
export class HttpSession extends SessionInput implements ExchangeOwner, Expiring {
  deadline = 0
  /** The number of requests so far, including the current one. */
  requests = 0
  /** When the current request's head was complete, on the clock of `performance.now()`. */
  requestedAt = 0
  #phase: Phase = 'idle'
  /** The client's address, parsed for the rules; undefined before the first use. */
  #source: Address | null | undefined
  readonly #heads = new HeadBuffer()
  #exchange: Exchange | null = null
  #matching: Matching | null = null
  #draining = false

  constructor(handle: TcpHandle, frontend: SessionFrontend) {
    super(handle, frontend)
    this.deadline = performance.now() + frontend.config.client_timeout
    deadlines.add(this)
    this.client.resume()
  }

  protected get isClosed(): boolean {
    return this.#phase === 'closed'
  }

  /** Whether the next response may keep the connection open. */
  get mayKeepAlive(): boolean {
    return this.#mayContinue && !(this.frontend.standby && this.pending === null)
  }

  get #mayContinue(): boolean {
    // A client that has half-closed still gets responses to all requests that it has sent.
    const mayRequest = !this.client.ended || this.pending !== null
    return mayRequest && !this.#draining && !this.frontend.draining
  }

  drain(): void {
    this.#draining = true
    // If there are pipelined requests, the first response closes the connection.
    if (this.#phase === 'idle' && !this.pending && !this.client.deferred) this.client.end()
  }

  shutDown(): void {
    this.#exchange?.shutDown()
    if (this.#exchange) this.flushAndReset()
    else this.client.destroy()
  }

  /** Flushes what was written so far, then resets the connection. */
  flushAndReset(): void {
    this.client.flush()
    this.client.reset()
  }

  expire(): void {
    switch (this.#phase) {
      case 'exchange':
        this.#exchange?.onTimeout()
        return
      case 'head':
        this.#refuse(new HttpError(408, 'The request did not arrive in time.'))
        return
      default:
        this.client.destroy()
    }
  }

  /** The exchange has ended, and its response is written. */
  onExchangeDone(keepAlive: boolean, clientCloses = false): void {
    this.#exchange = null
    if (!keepAlive || !this.#mayContinue) {
      this.#linger(clientCloses && !this.pending)
      return
    }
    this.#phase = 'idle'
    this.deadline = performance.now() + this.frontend.config.client_timeout
    // A client that does not read its responses gets no more.
    if (this.client.congested) this.pause()
    else if (this.isPaused) this.resume()
  }

  override detach(): Buffer | null {
    this.#phase = 'closed'
    deadlines.remove(this)
    return super.detach()
  }

  onEnd(): void {
    if (this.#phase === 'exchange') this.#exchange?.onClientEnd()
    else if (this.#phase !== 'matching') this.client.end()
  }

  onDrain(): void {
    if (this.#exchange) this.#exchange.onClientDrain()
    else if (this.isPaused) this.resume()
  }

  onClose(): void {
    this.#phase = 'closed'
    this.#matching = null
    deadlines.remove(this)
    this.#exchange?.abandon()
    this.#exchange = null
    this.frontend.sessionEnded(this)
  }

  protected onSlice(): void {
    const matching = this.#matching
    this.#matching = null
    if (matching) {
      this.resumeReading()
      this.#refuseOnError(() => this.#decide(matching))
    } else if (!this.client.congested) this.resume()
    // Otherwise `onDrain` resumes it.
  }

  protected consume(bytes: Buffer): void {
    if (this.#phase === 'exchange') {
      this.#exchange?.onRequestBytes(bytes)
      return
    }
    if (this.#phase === 'matching') {
      this.buffer(bytes)
      return
    }
    if (this.#phase === 'lingering' || this.#phase === 'closed') return
    this.requestedAt = performance.now()
    if (this.#phase === 'idle') {
      this.#phase = 'head'
      this.deadline = this.requestedAt + Math.min(HEAD_MS_MAX, this.frontend.config.client_timeout)
    }
    this.#refuseOnError(() => {
      const complete = this.#heads.push(bytes)
      if (complete) this.#begin(parseRequestHead(complete.head), complete.rest)
    })
  }

  /** Runs an action, and responds with an error if it throws an HttpError. */
  #refuseOnError(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.#refuse(error)
    }
  }

  #begin(head: RequestHead, rest: Buffer): void {
    this.requests += 1
    this.#route(head, rest.length > 0 ? rest : null)
  }

  #route(head: RequestHead, readAhead: Buffer | null): void {
    const { backend, rules } = this.frontend
    if (!rules) {
      this.#startExchange(new Exchange(this, head, backend), readAhead)
      return
    }
    this.#source ??= parseAddress(this.address)
    this.#decide({ rules, request: new RequestMatch(head, this.#source), readAhead })
  }

  #decide(matching: Matching): void {
    const { rules, request, readAhead } = matching
    // The rules may have changed since matching started.
    if (rules !== this.frontend.rules) {
      this.#route(request.head, readAhead)
      return
    }
    const decision = rules.decide(request)
    if (decision === 'suspended') {
      this.#suspend(matching)
      return
    }
    const { head } = request
    const { acl, route } = decision
    if (decision.isOverBudget || (acl && acl.action.type !== 'allow')) {
      this.frontend.counters.requestsTotal += 1
      this.#phase = 'exchange'
      respondByRule(this, request, acl, readAhead)
      return
    }
    const { target } = request
    const forwarded = target === head.target ? head : { ...head, target }
    const backend = route?.backend ?? this.frontend.backend
    this.#startExchange(new Exchange(this, forwarded, backend, { acl, route }), readAhead)
  }

  /** Continues matching in a later iteration. */
  #suspend(matching: Matching): void {
    this.#phase = 'matching'
    this.deadline = Number.POSITIVE_INFINITY
    const { readAhead } = matching
    this.#matching = { ...matching, readAhead: readAhead && keep(readAhead) }
    this.yield()
    // Reads on, so that the client's FIN is noticed. If the client sends more, `buffer` stops reading.
    if (!this.pending && (readAhead?.length ?? 0) <= READ_AHEAD_MAX_BYTES) this.client.resume()
  }

  #startExchange(exchange: Exchange, readAhead: Buffer | null): void {
    this.frontend.counters.requestsTotal += 1
    this.#phase = 'exchange'
    this.#exchange = exchange
    exchange.begin(readAhead)
  }

  /** Responds to a malformed request, and closes: the start of the next request is unknown. */
  #refuse(error: HttpError): void {
    const requestId = nextRequestId()
    this.client.writeText(errorResponse(error, { requestId, keepAlive: false }))
    this.frontend.counters.countResponse(error.status)
    this.frontend.counters.proxyErrors += 1
    this.frontend.counters.badRequests += 1
    this.#linger()
    const sent = this.takeSentBytes()
    this.frontend.counters.bytesOut += sent
    this.frontend.log?.refused(this, requestId, error, sent)
  }

  /**
   * Ends our direction, and reads the client's to its end: with unread data the kernel would reset the connection, and the client
   * could lose the response.
   * @param isLast whether the client sends nothing more, so that there is nothing to wait for
   */
  #linger(isLast = false): void {
    this.discardInput()
    this.#phase = 'lingering'
    this.deadline = performance.now() + LINGER_MS
    if (isLast) this.client.closeSoon()
    else this.client.end()
    this.client.resume()
  }
}
