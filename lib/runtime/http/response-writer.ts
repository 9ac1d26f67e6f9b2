import { latencyBucket } from '#lib/core/latency-buckets.ts'
import type { Server } from '../server.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { errorResponse, redirectResponse } from './message/error-response.ts'
import type { Field } from './message/field.ts'
import { forwardResponseHead } from './message/forward-response.ts'
import { type Framing, NO_BODY } from './message/framing.ts'
import type { HttpError } from './message/http-error.ts'
import type { RequestHead } from './message/request-head.ts'
import type { ResponseHead } from './message/response-head.ts'
import { mayBeStored, type ResponseStickiness } from './message/response-stickiness.ts'
import { lastChunk } from './message/trailers.ts'
import { writeChunk } from './message/write-chunk.ts'
import { clientFraming } from './response-framing.ts'

/** What the client gets back for one request: the server's answer framed anew, or one of our own. */
export class ResponseWriter {
  /** The final answer's head is on its way. */
  started = false
  /** Whether the client's connection goes on afterwards. */
  keepAlive = false
  readonly #session: ExchangeOwner
  readonly #request: RequestHead
  #framing: Framing = NO_BODY

  constructor(session: ExchangeOwner, request: RequestHead) {
    this.#session = session
    this.#request = request
  }

  /** An interim answer, or the one that ends HTTP on this connection. HTTP/1.0 clients know none. */
  writeInterim(head: ResponseHead, stickiness: ResponseStickiness | null): void {
    const { version } = this.#request
    if (version === 10) return
    this.#session.client.text(
      forwardResponseHead(head, {
        clientVersion: version,
        keepAlive: true,
        framing: NO_BODY,
        setCookie: stickiness?.setCookie ?? null,
        dropCookie: stickiness?.cookieName ?? null,
      }),
    )
  }

  /**
   * @param mayKeepAlive false where the request's end is still to come, as the next one's beginning is not known then
   * @param stickiness null without sticky sessions by cookie
   */
  writeHead(
    head: ResponseHead,
    server: Server,
    mayKeepAlive: boolean,
    stickiness: ResponseStickiness | null,
  ): void {
    const { version, keepAlive, method } = this.#request
    const setCookie = stickiness?.setCookie ?? null
    this.started = true
    this.#framing = clientFraming(head, version)
    const closes = this.#framing.type === 'until_close'
    this.keepAlive = keepAlive && mayKeepAlive && !closes && this.#session.mayKeepAlive
    this.count(head.status, server)
    this.#session.client.text(
      forwardResponseHead(head, {
        clientVersion: version,
        keepAlive: this.keepAlive,
        framing: this.#framing,
        setCookie,
        dropCookie: stickiness?.cookieName ?? null,
        isPrivate: setCookie !== null && stickiness?.nocache === true && mayBeStored(head, method),
      }),
    )
  }

  writeBody(data: Buffer): void {
    if (this.#framing.type === 'chunked') writeChunk(this.#session.client, data)
    else this.#session.client.bytes(data)
  }

  finish(trailers: readonly Field[]): void {
    if (this.#framing.type === 'chunked') this.#session.client.text(lastChunk(trailers))
  }

  /** Answers in the server's place. */
  writeError(error: HttpError, requestId: string, mayKeepAlive: boolean): void {
    this.started = true
    this.keepAlive = this.#request.keepAlive && mayKeepAlive && this.#session.mayKeepAlive
    this.#session.frontend.counters.countResponse(error.status)
    const head = this.#request.method === 'HEAD'
    this.#session.client.text(errorResponse(error, { requestId, keepAlive: this.keepAlive, head }))
  }

  /** Redirects the client. @param location visible ASCII */
  writeRedirect(status: number, location: string, requestId: string, mayKeepAlive: boolean): void {
    this.started = true
    this.keepAlive = this.#request.keepAlive && mayKeepAlive && this.#session.mayKeepAlive
    this.#session.frontend.counters.countResponse(status)
    const head = this.#request.method === 'HEAD'
    const hop = { requestId, keepAlive: this.keepAlive, head }
    this.#session.client.text(redirectResponse(status, location, hop))
  }

  /** Counts a server's answer, and how long it took. */
  count(status: number, server: Server): void {
    const ms = performance.now() - this.#session.requestedAt
    const bucket = latencyBucket(ms)
    const { counters } = this.#session.frontend
    counters.countResponse(status)
    counters.countLatency(bucket, ms)
    server.counters.countResponse(status)
    server.counters.countLatency(bucket, ms)
  }
}
