import type { Socket } from 'node:net'
import type { Expiring } from '../deadlines.ts'
import type { IdleConnections } from './idle-connections.ts'
import { ChunkedDecoder } from './message/chunked-decoder.ts'
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
  onBody(data: Buffer): void
  /** The answer is complete; `reusable`: the connection is ready for another request. */
  onComplete(reusable: boolean): void
  /** All that a chunk of data held has been told. */
  onBurstEnd(): void
  /** The server broke off or broke the rules; null: it closed the connection. */
  onBroken(error: HttpError | null): void
  /** The server takes data again. */
  onDrain(): void
}

/** More would be a server that never comes to the point. */
const INFORMATIONAL_MAX = 20

/** One connection to a server in HTTP mode: a request at a time, its answer taken apart as it comes. */
export class ServerConnection implements Expiring {
  readonly socket: Socket
  deadline = Number.POSITIVE_INFINITY
  /** Where it waits while nobody uses it. */
  idle: IdleConnections | null = null
  /** Whether any of the present answer has come. */
  answering = false
  readonly #heads = new HeadBuffer()
  #sink: ResponseSink | null = null
  #method = ''
  #head: ResponseHead | null = null
  /** Bytes left of a body of known length. */
  #left = 0
  #chunks: ChunkedDecoder | null = null
  #informational = 0

  /** The port it was opened to; its server may have moved since. */
  readonly port: number

  constructor(socket: Socket, port: number) {
    this.socket = socket
    this.port = port
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onEnd())
    socket.on('drain', () => this.#sink?.onDrain())
    socket.on('error', () => {})
    socket.on('close', () => this.#onEnd())
  }

  /** A request is about to be sent. */
  begin(sink: ResponseSink, method: string): void {
    this.#sink = sink
    this.#method = method
    this.#head = null
    this.#informational = 0
    this.answering = false
  }

  destroy(): void {
    this.#sink = null
    this.idle?.remove(this)
    this.socket.destroy()
  }

  /** Gives the socket away, as a plain stream. */
  detach(): Socket {
    this.#sink = null
    return this.socket.removeAllListeners()
  }

  expire(): void {
    this.destroy()
  }

  #onData(chunk: Buffer): void {
    const sink = this.#sink
    // Bytes that nobody asked for: whatever comes next could be taken for an answer.
    if (!sink) {
      this.destroy()
      return
    }
    this.answering = true
    try {
      this.#consume(sink, chunk)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.destroy()
      // Whatever rule it broke, to the client it is a bad gateway.
      sink.onBroken(new HttpError(502, error.message))
      return
    }
    sink.onBurstEnd()
  }

  #consume(sink: ResponseSink, chunk: Buffer): void {
    let rest: Buffer = chunk
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

  #consumeBody(sink: ResponseSink, head: ResponseHead, chunk: Buffer): void {
    switch (head.framing.type) {
      case 'none':
        this.#complete(sink, chunk.length === 0)
        return
      case 'until_close':
        sink.onBody(chunk)
        return
      case 'length':
        this.#consumeLength(sink, chunk)
        return
      case 'chunked':
        this.#consumeChunks(sink, chunk)
        return
    }
  }

  #consumeLength(sink: ResponseSink, chunk: Buffer): void {
    const extra = chunk.length > this.#left
    const data = extra ? chunk.subarray(0, this.#left) : chunk
    this.#left -= data.length
    if (data.length > 0) sink.onBody(data)
    if (this.#left === 0) this.#complete(sink, !extra)
  }

  #consumeChunks(sink: ResponseSink, chunk: Buffer): void {
    const chunks = this.#chunks
    if (!chunks) return
    const { data, done, rest } = chunks.push(chunk)
    for (const part of data) sink.onBody(part)
    if (done) this.#complete(sink, !rest?.length)
  }

  #complete(sink: ResponseSink, clean: boolean): void {
    const reusable = clean && this.#head?.keepAlive === true
    this.#sink = null
    sink.onComplete(reusable)
  }

  #onEnd(): void {
    const sink = this.#sink
    const untilClose = this.#head?.framing.type === 'until_close'
    this.destroy()
    if (!sink) return
    // Only an orderly end says that such a body is complete; after a reset there is an error.
    if (!untilClose || this.socket.errored) {
      sink.onBroken(null)
      return
    }
    sink.onComplete(false)
    sink.onBurstEnd()
  }
}
