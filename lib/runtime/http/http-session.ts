import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { SessionFrontend } from '../client-session.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import type { Acl } from '../rules/acl.ts'
import type { FrontendRules } from '../rules/frontend-rules.ts'
import { MatchSuspended } from '../rules/path-matcher.ts'
import { RequestMatch } from '../rules/request-match.ts'
import type { Route } from '../rules/route.ts'
import { MatchLimitError } from '../rules/step-budget.ts'
import { type Address, parseAddress } from '../rules/subnets.ts'
import { loopBudget } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { Connection } from '../sockets/connection.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'
import { keep } from '../sockets/read-buffers.ts'
import { workUnder } from '../watchdog/work-marks.ts'
import { Exchange, READ_AHEAD_MAX_BYTES } from './exchange.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { errorResponse } from './message/error-response.ts'
import { HeadBuffer } from './message/head-buffer.ts'
import { HttpError } from './message/http-error.ts'
import { parseRequestHead, type RequestHead } from './message/request-head.ts'
import { nextRequestId } from './request-id.ts'
import { respondByRule } from './rule-response.ts'

/** A request's head has to be complete this long after its first byte, at the latest. Milliseconds. */
export const HEAD_MS_MAX = 10_000
/** How long a client may go on sending after we have ended, so that it gets to read our answer. */
const LINGER_MS = 2000

/** A request that is being matched with rules. */
type Matching = { rules: FrontendRules; request: RequestMatch; early: Buffer | null }

type Phase = 'idle' | 'head' | 'matching' | 'exchange' | 'lingering' | 'closed'

/**
 * A client's connection in HTTP mode: one request after the other, each an exchange. What the client sends ahead
 * waits, unread beyond one chunk.
 */
export class HttpSession implements ExchangeOwner, ConnectionUser, Expiring, Task {
  deadline = 0
  /** Requests so far, including the current one. */
  requests = 0
  /** When the present request's head was complete, on the clock of `performance.now()`. */
  requestedAt = 0
  readonly client: Connection
  readonly frontend: SessionFrontend
  readonly address: string
  #phase: Phase = 'idle'
  /** The address as rules look at it; undefined before the first that does. */
  #source: Address | null | undefined
  readonly #heads = new HeadBuffer()
  #exchange: Exchange | null = null
  /** Received, but not its turn yet. */
  #pending: Buffer | null = null
  /** Nothing can be taken from the client now. */
  #stopped = false
  #consumingPending = false
  /** Whether it is in the run queue, to go on with data that it has received. */
  #queued = false
  /** The request that is being matched. */
  #matching: Matching | null = null
  #draining = false
  /** Sent bytes that were counted. */
  #countedOut = 0

  constructor(handle: TcpHandle, frontend: SessionFrontend) {
    this.client = new Connection(handle, this, frontend.limits.bandwidth)
    this.frontend = frontend
    this.address = this.client.remoteAddress
    this.deadline = performance.now() + frontend.config.client_timeout
    deadlines.add(this)
    this.client.resume()
  }

  /** Whether the answer that is about to be sent may say that the connection goes on. */
  get mayKeepAlive(): boolean {
    return this.#mayContinue && !(this.frontend.standby && this.#pending === null)
  }

  get #mayContinue(): boolean {
    // A client that has ended its side still wants the requests that it sent before.
    const mayAsk = !this.client.ended || this.#pending !== null
    return mayAsk && !this.#draining && !this.frontend.draining
  }

  drain(): void {
    this.#draining = true
    // Pipelined requests are still answered; the first response closes the connection.
    if (this.#phase === 'idle' && !this.#pending && !this.client.deferred) this.client.end()
  }

  shutDown(): void {
    this.#exchange?.shutDown()
    if (this.#exchange) this.flushAndReset()
    else this.client.destroy()
  }

  /** Closes by a reset, after all that was written so far. */
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

  /** Goes on taking what the client sends: the server takes data, or the answer is complete. */
  resume(): void {
    if (this.#queued) return
    this.#stopped = false
    // A loop rather than a recursion: a thousand pipelined requests may each be answered at once.
    if (this.#consumingPending) return
    this.#consumingPending = true
    while (this.#pending && !this.#stopped) {
      const pending = this.#pending
      this.#pending = null
      this.#consume(pending)
      if (this.#pending && !this.#stopped && loopBudget.sliceSpent) this.#yield()
    }
    this.#consumingPending = false
    if (this.#stopped || this.#phase === 'closed') return
    if (this.client.ended) this.onEnd()
    else this.client.resume()
  }

  /** @internal Called by the run queue. */
  run(): void {
    this.#queued = false
    // If the client does not read its responses, `onDrain` goes on.
    if (this.#phase === 'closed') return
    workUnder(this.client.mark, () => {
      const matching = this.#matching
      this.#matching = null
      if (matching) this.#resumeMatching(matching)
      else if (!this.client.congested) this.resume()
    })
  }

  /** @internal */
  onFault(): void {
    this.client.reset()
  }

  /** Takes nothing more from the client until `resume`. */
  stop(): void {
    this.#stopped = true
    this.client.pause()
  }

  /** Keeps what can't be used yet, and stops. */
  buffer(bytes: Buffer): void {
    this.#pending = this.#pending ? Buffer.concat([this.#pending, bytes]) : keep(bytes)
    this.stop()
  }

  /** Keeps what an exchange was given and did not use: it came before all that is kept already. */
  putBack(bytes: Buffer): void {
    this.#pending = this.#pending ? Buffer.concat([bytes, this.#pending]) : keep(bytes)
    this.stop()
  }

  /** Bytes handed to the client since the last call. */
  takeSentBytes(): number {
    const size = this.client.bytesWritten - this.#countedOut
    this.#countedOut = this.client.bytesWritten
    return size
  }

  /**
   * The exchange is over and its answer written.
   * @param asked whether the client knows that nothing it sends after this request counts
   */
  onExchangeDone(keepAlive: boolean, asked = false): void {
    this.#exchange = null
    if (!keepAlive || !this.#mayContinue) {
      this.#linger(asked && !this.#pending)
      return
    }
    this.#phase = 'idle'
    this.deadline = performance.now() + this.frontend.config.client_timeout
    // Who does not read its answers gets no further ones.
    if (this.client.congested) this.stop()
    else if (this.#stopped) this.resume()
  }

  /** The connection is a plain stream from here on; gives up what has been received ahead. */
  detach(): Buffer | null {
    const pending = this.#pending
    this.#pending = null
    this.#stopped = true
    this.#phase = 'closed'
    deadlines.remove(this)
    return pending
  }

  onData(bytes: Buffer): void {
    this.frontend.counters.bytesIn += bytes.length
    if (this.#pending) this.buffer(bytes)
    else this.#consume(bytes)
  }

  onEnd(): void {
    if (this.#phase === 'exchange') this.#exchange?.onClientEnd()
    else if (this.#phase !== 'matching') this.client.end()
  }

  onDrain(): void {
    if (this.#exchange) this.#exchange.onClientDrain()
    else if (this.#stopped) this.resume()
  }

  onClose(): void {
    this.#phase = 'closed'
    this.#matching = null
    deadlines.remove(this)
    this.#exchange?.abandon()
    this.#exchange = null
    this.frontend.sessionEnded(this)
  }

  /** Continues matching in a later iteration. */
  #suspend(matching: Matching): void {
    this.#phase = 'matching'
    this.deadline = Number.POSITIVE_INFINITY
    const { early } = matching
    this.#matching = { ...matching, early: early && keep(early) }
    this.#yield()
    // Reading goes on, so that it is noticed if the client leaves. If it sends more, `hold` stops it.
    if (!this.#pending && (early?.length ?? 0) <= READ_AHEAD_MAX_BYTES) this.client.resume()
  }

  /** Handles the rest of its data in a later iteration. */
  #yield(): void {
    this.stop()
    this.#queued = true
    runQueue.addContinued(this)
  }

  #consume(bytes: Buffer): void {
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

  /** Runs something that may refuse the request, and answers with the reason. */
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

  #route(head: RequestHead, early: Buffer | null): void {
    const { backend, rules } = this.frontend
    if (!rules) {
      this.#exchangeWith(new Exchange(this, head, backend), early)
      return
    }
    this.#source ??= parseAddress(this.address)
    this.#decide({ rules, request: new RequestMatch(head, this.#source), early })
  }

  /** Resumes a suspended request. Reading from the client goes on, so that its FIN is noticed. */
  #resumeMatching(matching: Matching): void {
    this.#stopped = this.#pending !== null
    if (!this.#stopped) this.client.resume()
    this.#refuseOnError(() => this.#decide(matching))
  }

  #decide(matching: Matching): void {
    const { rules, request, early } = matching
    // The rules may have changed since matching started.
    if (rules !== this.frontend.rules) {
      this.#route(request.head, early)
      return
    }
    const decision = decide(rules, request)
    if (decision === 'suspended') {
      this.#suspend(matching)
      return
    }
    const { head } = request
    const { acl } = decision
    if (decision.isCutOff || (acl && acl.action.type !== 'allow')) {
      this.frontend.counters.requestsTotal += 1
      this.#phase = 'exchange'
      respondByRule(this, request, acl, early)
      return
    }
    const { route } = decision
    const { target } = request
    const asked = target === head.target ? head : { ...head, target }
    const backend = route?.backend ?? this.frontend.backend
    this.#exchangeWith(new Exchange(this, asked, backend, { acl, route }), early)
  }

  #exchangeWith(exchange: Exchange, early: Buffer | null): void {
    this.frontend.counters.requestsTotal += 1
    this.#phase = 'exchange'
    this.#exchange = exchange
    exchange.begin(early)
  }

  /** Answers what is no request and closes: where the next one begins can't be known. */
  #refuse(error: HttpError): void {
    const requestId = nextRequestId()
    this.client.text(errorResponse(error, { requestId, keepAlive: false }))
    this.frontend.counters.countResponse(error.status)
    this.frontend.counters.proxyErrors += 1
    this.frontend.counters.badRequests += 1
    this.#linger()
    const sent = this.takeSentBytes()
    this.frontend.counters.bytesOut += sent
    this.frontend.log?.refused(this, requestId, error, sent)
  }

  /**
   * Ends our side, and reads the other to its end: unread bytes would make the kernel reset what we sent last.
   * @param nothingComes whether the client has said so, and there is nothing to wait for
   */
  #linger(nothingComes = false): void {
    this.#pending = null
    this.#stopped = false
    this.#phase = 'lingering'
    this.deadline = performance.now() + LINGER_MS
    if (nothingComes) this.client.closeSoon()
    else this.client.end()
    this.client.resume()
  }
}

type Decision = { acl: Acl | null; route: Route | null; isCutOff: boolean }

/** Matches a request. One that exceeds the step budget is denied. */
function decide(rules: FrontendRules, request: RequestMatch): Decision | 'suspended' {
  try {
    const acl = rules.aclFor(request)
    const isAllowed = acl === null || acl.action.type === 'allow'
    return { acl, route: isAllowed ? rules.routeFor(request) : null, isCutOff: false }
  } catch (error) {
    if (error instanceof MatchSuspended) return 'suspended'
    if (!(error instanceof MatchLimitError)) throw error
    return { acl: null, route: null, isCutOff: true }
  }
}
