import type { Socket } from 'node:net'
import { deadlines, type Expiring } from '../deadlines.ts'
import type { ClientSession, Frontend } from '../frontend.ts'
import { Exchange } from './exchange.ts'
import { errorResponse } from './message/error-response.ts'
import { HeadBuffer } from './message/head-buffer.ts'
import { HttpError } from './message/http-error.ts'
import { parseRequestHead, type RequestHead } from './message/request-head.ts'
import { nextRequestId } from './request-id.ts'
import { writeNow, writeSoon } from './write-batch.ts'

/** A request's head has to be complete this long after its first byte, at the latest. Milliseconds. */
export const HEAD_MS_MAX = 10_000
/** How long a client may go on sending after we have ended, so that it gets to read our answer. */
const LINGER_MS = 2000

type Phase = 'idle' | 'head' | 'exchange' | 'lingering' | 'closed'

/**
 * A client's connection in HTTP mode: one request after the other, each an exchange. What the client sends ahead
 * waits, unread beyond one chunk.
 */
export class HttpSession implements ClientSession, Expiring {
  deadline = 0
  /** When the present request's head was complete, on the clock of `performance.now()`. */
  requestedAt = 0
  readonly client: Socket
  readonly frontend: Frontend
  readonly address: string
  #phase: Phase = 'idle'
  readonly #heads = new HeadBuffer()
  #exchange: Exchange | null = null
  /** Received, but not its turn yet. */
  #pending: Buffer | null = null
  #draining = false
  #clientEnded = false

  constructor(client: Socket, frontend: Frontend) {
    this.client = client
    this.frontend = frontend
    this.address = client.remoteAddress ?? ''
    client.on('data', (chunk: Buffer) => this.#onData(chunk))
    client.on('end', () => this.#onEnd())
    client.on('drain', () => this.#exchange?.onClientDrain())
    client.on('error', () => {})
    client.on('close', () => this.#onClose())
    this.deadline = performance.now() + frontend.config.client_timeout
    deadlines.add(this)
  }

  /** Whether the connection can go on after the answer that is about to be sent. */
  get mayKeepAlive(): boolean {
    return !this.#draining && !this.#clientEnded && !this.frontend.draining
  }

  drain(): void {
    this.#draining = true
    if (this.#phase === 'idle') this.#endClient()
  }

  cutOff(): void {
    writeNow(this.client)
    this.client.resetAndDestroy()
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

  /** Reads on: the server takes data, or the answer is complete. */
  resume(): void {
    const pending = this.#pending
    this.#pending = null
    if (pending) this.#onChunk(pending)
    if (!this.#pending && this.#phase !== 'closed') this.client.resume()
  }

  /** Keeps what can't be used yet and stops reading. */
  hold(chunk: Buffer): void {
    this.#pending = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk
    this.client.pause()
  }

  /** The exchange is over and its answer written. */
  onExchangeDone(keepAlive: boolean): void {
    this.#exchange = null
    if (!keepAlive || !this.mayKeepAlive) {
      this.#linger()
      return
    }
    this.#phase = 'idle'
    this.deadline = performance.now() + this.frontend.config.client_timeout
    if (this.#pending || this.client.isPaused()) this.resume()
  }

  /** The connection is a plain stream from here on; gives up what has been received ahead. */
  detach(): Buffer | null {
    const pending = this.#pending
    this.#pending = null
    this.#phase = 'closed'
    deadlines.remove(this)
    this.client.removeAllListeners()
    return pending
  }

  #onData(chunk: Buffer): void {
    this.frontend.counters.bytesIn += chunk.length
    if (this.#pending) this.hold(chunk)
    else this.#onChunk(chunk)
  }

  #onChunk(chunk: Buffer): void {
    if (this.#phase === 'exchange') {
      this.#exchange?.onRequestBytes(chunk)
      return
    }
    if (this.#phase === 'lingering' || this.#phase === 'closed') return
    if (this.#phase === 'idle') {
      this.#phase = 'head'
      const allowed = Math.min(HEAD_MS_MAX, this.frontend.config.client_timeout)
      this.requestedAt = performance.now()
      this.deadline = this.requestedAt + allowed
    } else {
      this.requestedAt = performance.now()
    }
    try {
      const complete = this.#heads.push(chunk)
      if (complete) this.#begin(parseRequestHead(complete.head), complete.rest)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.#refuse(error)
    }
  }

  #begin(request: RequestHead, rest: Buffer): void {
    this.frontend.counters.requestsTotal += 1
    this.#phase = 'exchange'
    this.#exchange = new Exchange(this, request)
    this.#exchange.begin(rest.length > 0 ? rest : null)
  }

  /** Answers what is no request and closes: where the next one begins can't be known. */
  #refuse(error: HttpError): void {
    const answer = errorResponse(error, { requestId: nextRequestId(), keepAlive: false })
    this.frontend.counters.answered(error.status)
    this.frontend.counters.proxyErrors += 1
    this.frontend.counters.bytesOut += answer.length
    writeSoon(this.client, [answer])
    this.#linger()
  }

  /** Ends our side, and reads the other to its end: unread bytes would make the kernel reset what we sent last. */
  #linger(): void {
    this.#pending = null
    this.#phase = 'lingering'
    this.deadline = performance.now() + LINGER_MS
    this.#endClient()
    this.client.resume()
  }

  #onEnd(): void {
    this.#clientEnded = true
    if (this.#phase === 'exchange') this.#exchange?.onClientEnd()
    else this.#endClient()
  }

  #endClient(): void {
    writeNow(this.client)
    this.client.end()
  }

  #onClose(): void {
    this.#phase = 'closed'
    deadlines.remove(this)
    this.#exchange?.abandon()
    this.#exchange = null
    this.frontend.left(this)
  }
}
