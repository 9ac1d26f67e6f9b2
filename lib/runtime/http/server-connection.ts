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

/** Who sent the request that a server connection answers. */
export interface ResponseSink {
  /** 100, 102 or 103: the final answer is still to come. */
  onInformational(head: ResponseHead): void
  /** 101: the connection is a stream from here on, beginning with `rest`. */
  onSwitch(head: ResponseHead, rest: Buffer): void
  onHead(head: ResponseHead): void
  /** The bytes are there during the call only. */
  onBody(data: Buffer): void
  /** The answer is complete; `reusable`: the connection is ready for another request. */
  onComplete(reusable: boolean, trailers: readonly Field[]): void
  /** All that came at once has been told, and more is to come. */
  onReadEnd(): void
  /** The server broke off or broke the rules; null: it closed the connection. */
  onServerAbort(error: HttpError | null): void
  /** The server takes data again. */
  onDrain(): void
}

/** More would be a server that never comes to the point. */
export const INFORMATIONAL_MAX = 20
const NO_TRAILERS: readonly Field[] = []

/** One connection to a server in HTTP mode: a request at a time, its answer taken apart as it comes. */
export class ServerConnection implements ConnectionUser, Expiring {
  readonly connection: Channel
  deadline = Number.POSITIVE_INFINITY
  /** Where it waits while nobody uses it. */
  idle: IdleConnections<ServerConnection> | null = null
  /** Whether any of the present answer has come. */
  responding = false
  /** The server's `settingsVersion` when it was opened. */
  readonly settingsVersion: number
  readonly #heads = new HeadBuffer()
  #sink: ResponseSink | null = null
  #method = ''
  #head: ResponseHead | null = null
  /** Bytes left of a body of known length. */
  #left = 0
  #chunks: ChunkedDecoder | null = null
  #informational = 0

  constructor(transport: Transport, settingsVersion: number, bandwidth: Bandwidth) {
    this.connection = openChannel(transport, this, bandwidth)
    this.settingsVersion = settingsVersion
    deadlines.add(this)
    this.connection.resume()
  }

  /** A request is about to be sent. */
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
    this.connection.destroy()
  }

  /** Gives the connection away, as a plain stream. */
  detach(): Channel {
    this.#sink = null
    deadlines.remove(this)
    return this.connection
  }

  expire(): void {
    this.destroy()
  }

  onData(bytes: Buffer): void {
    const sink = this.#sink
    // Bytes that nobody asked for: whatever comes next could be taken for an answer.
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
      // Whatever rule it broke, to the client it is a bad gateway.
      sink.onServerAbort(new HttpError(502, error.message))
      return
    }
    if (this.#sink === sink) sink.onReadEnd()
  }

  onEnd(): void {
    this.#lost(this.#head?.framing.type === 'until_close')
  }

  onDrain(): void {
    this.#sink?.onDrain()
  }

  onClose(): void {
    this.#lost(false)
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
      throw new HttpError(502, 'The server sent too many interim answers.')
    }
    sink.onInformational(head)
  }

  #beginBody(sink: ResponseSink, head: ResponseHead): void {
    this.#head = head
    this.#left = head.framing.type === 'length' ? head.framing.length : 0
    this.#chunks = head.framing.type === 'chunked' ? new ChunkedDecoder() : null
    sink.onHead(head)
  }

  /** Whether the answer is over with its head. */
  #isEmpty(): boolean {
    const framing = this.#head?.framing
    return framing?.type === 'none' || (framing?.type === 'length' && this.#left === 0)
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
    const extra = bytes.length > this.#left
    const data = extra ? bytes.subarray(0, this.#left) : bytes
    this.#left -= data.length
    if (data.length > 0) sink.onBody(data)
    if (this.#left === 0) this.#complete(sink, !extra, NO_TRAILERS)
  }

  #consumeChunks(sink: ResponseSink, bytes: Buffer): void {
    const chunks = this.#chunks
    if (!chunks) return
    const { data, done, rest } = chunks.push(bytes)
    if (data) sink.onBody(data)
    if (done) this.#complete(sink, !rest?.length, chunks.trailers)
  }

  #complete(sink: ResponseSink, clean: boolean, trailers: readonly Field[]): void {
    const reusable = clean && this.#head?.keepAlive === true
    this.#sink = null
    sink.onComplete(reusable, trailers)
  }

  /** @param complete whether its end is what completes the answer: a reset never does */
  #lost(complete: boolean): void {
    const sink = this.#sink
    this.idle?.onServerEnd(this)
    this.destroy()
    if (complete) sink?.onComplete(false, NO_TRAILERS)
    else sink?.onServerAbort(null)
  }
}
