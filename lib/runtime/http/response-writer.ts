import { latencyBucket } from '#lib/core/latency-buckets.ts'
import type { Server } from '../server.ts'
import type { ExchangeOwner } from './exchange-owner.ts'
import { lastChunk, writeChunk } from './message/chunked-encoder.ts'
import { errorResponse, redirectResponse } from './message/error-response.ts'
import type { Field } from './message/field.ts'
import { forwardResponseHead } from './message/forward-response.ts'
import { clientFraming, type Framing, NO_BODY } from './message/framing.ts'
import type { HttpError } from './message/http-error.ts'
import type { RequestHead } from './message/request-head.ts'
import type { ResponseHead } from './message/response-head.ts'
import { mayBeStored, type ResponseStickiness } from './message/response-stickiness.ts'

/** Writes the response to one request: the server's, framed anew, or one of the load balancer. */
export class ResponseWriter {
  /** Whether the head of the final response was written. */
  started = false
  /** Whether the client's connection stays open after the response. */
  keepAlive = false
  readonly #session: ExchangeOwner
  readonly #request: RequestHead
  readonly #requestId: string
  #framing: Framing = NO_BODY

  constructor(session: ExchangeOwner, request: RequestHead, requestId: string) {
    this.#session = session
    this.#request = request
    this.#requestId = requestId
  }

  /** Writes an interim response, or the 101 that ends HTTP on this connection. HTTP/1.0 clients don't get any. */
  writeInterim(head: ResponseHead, stickiness: ResponseStickiness | null): void {
    const { version } = this.#request
    if (version === 10) return
    this.#session.client.writeText(
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
   * @param mayKeepAlive false if the request is still incomplete, because the start of the next one is unknown then
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
    this.#framing = clientFraming(head.framing, version)
    const closes = this.#framing.type === 'until_close'
    this.keepAlive = keepAlive && mayKeepAlive && !closes && this.#session.mayKeepAlive
    this.count(head.status, server)
    this.#session.client.writeText(
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
    else this.#session.client.writeBytes(data)
  }

  finish(trailers: readonly Field[]): void {
    if (this.#framing.type === 'chunked') this.#session.client.writeText(lastChunk(trailers))
  }

  /** Writes an error response of the load balancer. */
  writeError(error: HttpError, mayKeepAlive: boolean): void {
    this.#session.client.writeText(errorResponse(error, this.#startOwn(error.status, mayKeepAlive)))
  }

  /** Writes a redirect of the load balancer. @param location visible ASCII */
  writeRedirect(status: number, location: string, mayKeepAlive: boolean): void {
    const options = this.#startOwn(status, mayKeepAlive)
    this.#session.client.writeText(redirectResponse(status, location, options))
  }

  /** Counts a server's response, and its response time. */
  count(status: number, server: Server): void {
    const ms = performance.now() - this.#session.requestedAt
    const bucket = latencyBucket(ms)
    const { counters } = this.#session.frontend
    counters.countResponse(status)
    counters.countLatency(bucket, ms)
    server.counters.countResponse(status)
    server.counters.countLatency(bucket, ms)
  }

  #startOwn(status: number, mayKeepAlive: boolean) {
    this.started = true
    this.keepAlive = this.#request.keepAlive && mayKeepAlive && this.#session.mayKeepAlive
    this.#session.frontend.counters.countResponse(status)
    const head = this.#request.method === 'HEAD'
    return { requestId: this.#requestId, keepAlive: this.keepAlive, head }
  }
}
