import { deadlines, type Expiring } from '../deadlines.ts'
import type { Bandwidth } from '../limits/bandwidth.ts'
import { type Channel, openChannel, type Transport } from '../sockets/channel.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'
import type { IdleConnections } from './idle-connections.ts'
import { ChunkedDecoder } from './message/chunked-decoder.ts'
import type { Field } from './message/field.ts'
import { HeadBuffer } from './message/head-buffer.ts'
import { HttpError } from './message/http-error.ts'
import { parseResponseHead, type ResponseHead } from './message/response-head.ts'

/** Receives the response of a server connection. */
export interface ResponseSink {
  /** An interim response: 100, 102 or 103. */
  onInformational(head: ResponseHead): void
  /** 101: the connection is a tunnel from here on, starting with `rest`. */
  onSwitch(head: ResponseHead, rest: Buffer): void
  onHead(head: ResponseHead): void
  /** The bytes are valid during the call only. */
  onBody(data: Buffer): void
  /** @param isReusable whether the connection may carry another request */
  onComplete(isReusable: boolean, trailers: readonly Field[]): void
  /** All data of one read has been passed on, and the response is incomplete. */
  onReadEnd(): void
  /** @param error null if the server closed the connection; otherwise the response is malformed */
  onServerAbort(error: HttpError | null): void
  /** The server reads again. */
  onDrain(): void
}

/** Limit of interim responses to one request. */
export const INFORMATIONAL_MAX = 20
const NO_TRAILERS: readonly Field[] = []

/** A connection to a server in HTTP mode: sends one request at a time, and parses the response as it arrives. */
export class ServerConnection implements ConnectionUser, Expiring {
  readonly channel: Channel
  deadline = Number.POSITIVE_INFINITY
  /** The pool that it is in, while no request uses it. */
  idle: IdleConnections<ServerConnection> | null = null
  /** Whether a part of the current response has arrived. */
  responding = false
  /** The server's `settingsVersion` when it was opened. */
  readonly settingsVersion: number
  readonly #heads = new HeadBuffer()
  #sink: ResponseSink | null = null
  #method = ''
  #head: ResponseHead | null = null
  /** Remaining bytes of a body with Content-Length. */
  #remaining = 0
  #chunks: ChunkedDecoder | null = null
  #informational = 0

  constructor(transport: Transport, settingsVersion: number, bandwidth: Bandwidth) {
    this.channel = openChannel(transport, this, bandwidth)
    this.settingsVersion = settingsVersion
    deadlines.add(this)
    this.channel.resume()
  }

  /** Call it before sending a request. */
  begin(sink: ResponseSink, method: string): void {
    this.#sink = sink
    this.#method = method
    this.#head = null
    this.#informational = 0
    this.responding = false
  }

  destroy(): void {
    this.#sink = null
    this.idle?.remove(this)
    deadlines.remove(this)
    this.channel.destroy()
  }

  /** Gives up the connection for a tunnel. */
  detach(): Channel {
    this.#sink = null
    deadlines.remove(this)
    return this.channel
  }

  expire(): void {
    this.destroy()
  }

  onData(bytes: Buffer): void {
    const sink = this.#sink
    // Data without a request could be taken for the next response.
    if (!sink) {
      this.destroy()
      return
    }
    this.responding = true
    try {
      this.#consume(sink, bytes)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.destroy()
      // Any malformed response is a bad gateway for the client.
      sink.onServerAbort(new HttpError(502, error.message))
      return
    }
    if (this.#sink === sink) sink.onReadEnd()
  }

  onEnd(): void {
    this.#onLost(this.#head?.framing.type === 'until_close')
  }

  onDrain(): void {
    this.#sink?.onDrain()
  }

  onClose(): void {
    this.#onLost(false)
  }

  #consume(sink: ResponseSink, bytes: Buffer): void {
    let rest = bytes
    while (!this.#head) {
      const complete = this.#heads.push(rest)
      if (!complete) return
      rest = complete.rest
      const head = parseResponseHead(complete.head, this.#method)
      if (head.status === 101) {
        sink.onSwitch(head, rest)
        return
      }
      if (head.status >= 200) this.#beginBody(sink, head)
      else this.#relayInformational(sink, head)
      if (rest.length === 0 && !this.#isEmpty()) return
    }
    this.#consumeBody(sink, this.#head, rest)
  }

  #relayInformational(sink: ResponseSink, head: ResponseHead): void {
    this.#informational += 1
    if (this.#informational > INFORMATIONAL_MAX) {
      throw new HttpError(502, 'The server sent too many interim responses.')
    }
    sink.onInformational(head)
  }

  #beginBody(sink: ResponseSink, head: ResponseHead): void {
    this.#head = head
    this.#remaining = head.framing.type === 'length' ? head.framing.length : 0
    this.#chunks = head.framing.type === 'chunked' ? new ChunkedDecoder() : null
    sink.onHead(head)
  }

  /** Whether the response has no body. */
  #isEmpty(): boolean {
    const framing = this.#head?.framing
    return framing?.type === 'none' || (framing?.type === 'length' && this.#remaining === 0)
  }

  #consumeBody(sink: ResponseSink, head: ResponseHead, bytes: Buffer): void {
    switch (head.framing.type) {
      case 'none':
        this.#complete(sink, bytes.length === 0, NO_TRAILERS)
        return
      case 'until_close':
        sink.onBody(bytes)
        return
      case 'length':
        this.#consumeLength(sink, bytes)
        return
      case 'chunked':
        this.#consumeChunks(sink, bytes)
        return
    }
  }

  #consumeLength(sink: ResponseSink, bytes: Buffer): void {
    const extra = bytes.length > this.#remaining
    const data = extra ? bytes.subarray(0, this.#remaining) : bytes
    this.#remaining -= data.length
    if (data.length > 0) sink.onBody(data)
    if (this.#remaining === 0) this.#complete(sink, !extra, NO_TRAILERS)
  }

  #consumeChunks(sink: ResponseSink, bytes: Buffer): void {
    const chunks = this.#chunks
    if (!chunks) return
    const { data, done, rest } = chunks.push(bytes)
    if (data) sink.onBody(data)
    if (done) this.#complete(sink, !rest?.length, chunks.trailers)
  }

  #complete(sink: ResponseSink, clean: boolean, trailers: readonly Field[]): void {
    const isReusable = clean && this.#head?.keepAlive === true
    this.#sink = null
    sink.onComplete(isReusable, trailers)
  }

  /** The connection is lost. @param isComplete whether that ends the response in order; a reset never does */
  #onLost(isComplete: boolean): void {
    const sink = this.#sink
    this.idle?.onServerEnd(this)
    this.destroy()
    if (isComplete) sink?.onComplete(false, NO_TRAILERS)
    else sink?.onServerAbort(null)
  }
}
