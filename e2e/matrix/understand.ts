import { lastChunk, writeChunk } from '#lib/runtime/http/message/chunked-encoder.ts'
import { forwardRequestHead } from '#lib/runtime/http/message/forward-request.ts'
import { forwardResponseHead } from '#lib/runtime/http/message/forward-response.ts'
import type { Framing } from '#lib/runtime/http/message/framing.ts'
import { clientFraming } from '#lib/runtime/http/message/framing.ts'
import { HeadBuffer } from '#lib/runtime/http/message/head-buffer.ts'
import { HttpError } from '#lib/runtime/http/message/http-error.ts'
import { parseRequestHead } from '#lib/runtime/http/message/request-head.ts'
import { parseResponseHead } from '#lib/runtime/http/message/response-head.ts'
import { RequestBody } from '#lib/runtime/http/request-body.ts'

/** A complete message: its forwarded head, and its body without framing. Latin1. */
export type Message = { head: string; body: string }

export type Understood = {
  messages: Message[]
  /** The forwarded bytes, latin1, including those of an incomplete message. */
  sent: string
  /** The error, if the bytes were refused. Everything after it is ignored. */
  refused: HttpError | null
}

type Begun = {
  head: string
  framing: Framing
  /** Whether the bytes that follow are not HTTP. */
  last: boolean
}

const HOP = { clientAddress: '192.0.2.7', frontendPort: 8000, requestId: 'r-1' }

/** How Fairlead's parser reads a client's bytes that arrive in these pieces, without sockets. */
export function understandRequests(pieces: readonly Buffer[]): Understood {
  return new Reading((bytes) => {
    const request = parseRequestHead(bytes)
    const last = !request.keepAlive || request.upgrade !== null
    return { head: forwardRequestHead(request, HOP), framing: request.framing, last }
  }).read(pieces)
}

/** The same for a server's connection that closes afterwards, if all requests had this method. */
export function understandResponses(pieces: readonly Buffer[], method: string): Understood {
  return new Reading((bytes) => {
    const response = parseResponseHead(bytes, method)
    const { framing, status } = response
    const hop = {
      keepAlive: true,
      clientVersion: 11,
      framing: clientFraming(framing, 11),
    } as const
    const last = status >= 200 ? !response.keepAlive : status === 101
    return { head: forwardResponseHead(response, hop), framing, last }
  }).read(pieces)
}

/** Reads the bytes of one connection to their end. */
class Reading {
  readonly #parse: (head: Buffer) => Begun
  readonly #heads = new HeadBuffer()
  readonly #messages: Message[] = []
  #sent = ''
  #begun: Begun | null = null
  /** Null if only the end of the connection ends the body. */
  #body: RequestBody | null = null
  #data = ''
  #over = false

  constructor(parse: (head: Buffer) => Begun) {
    this.#parse = parse
  }

  read(pieces: readonly Buffer[]): Understood {
    let refused: HttpError | null = null
    try {
      for (const piece of pieces) this.#push(piece)
      if (this.#begun && !this.#body) {
        this.#sent += lastChunk([])
        this.#finish(this.#begun)
      }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      refused = error
    }
    return { messages: this.#messages, sent: this.#sent, refused }
  }

  #push(piece: Buffer): void {
    let rest: Buffer | null = piece
    while (rest?.length && !this.#over) {
      rest = this.#begun ? this.#takeBody(this.#begun, rest) : this.#takeHead(rest)
    }
  }

  #takeHead(bytes: Buffer): Buffer | null {
    const complete = this.#heads.push(bytes)
    if (!complete) return null
    const begun = this.#parse(complete.head)
    this.#begun = begun
    this.#body = begun.framing.type === 'until_close' ? null : new RequestBody(begun.framing)
    this.#sent += begun.head
    if (this.#body?.done) this.#finish(begun)
    return complete.rest
  }

  #takeBody(begun: Begun, bytes: Buffer): Buffer | null {
    if (!this.#body) {
      this.#data += bytes.toString('latin1')
      writeChunk(this.#wire, bytes)
      return null
    }
    const rest = this.#body.push(bytes, {
      writeText: this.#wire.writeText,
      writeBytes: (data) => {
        this.#data += data.toString('latin1')
        this.#wire.writeBytes(data)
      },
    })
    if (this.#body.done) this.#finish(begun)
    return rest
  }

  /** Where a message is forwarded to. */
  readonly #wire = {
    writeText: (text: string): void => {
      this.#sent += text
    },
    writeBytes: (data: Buffer): void => {
      this.#sent += data.toString('latin1')
    },
  }

  #finish({ head, last }: Begun): void {
    this.#messages.push({ head, body: this.#data })
    this.#data = ''
    this.#begun = null
    this.#over = last
  }
}
