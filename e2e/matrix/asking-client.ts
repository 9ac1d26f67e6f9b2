import { Agent, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import type { Target } from '#lib/testing/runtime/raw-client.ts'
import { answersIn, type SeenAnswer } from './other-parser.ts'

/** The timeout for a proxy that neither responds nor closes. Milliseconds. */
const PATIENCE_MS = 5000

/** A response as Node's parser (llhttp) read it, or why there is none: `broken` off, `unparsable` or `hung`. */
export type Asked = SeenAnswer | { failed: 'broken' | 'unparsable' | 'hung'; why: string }

/** Sends sequential requests with Node's client, on one connection as long as it stays open. */
export class AskingClient {
  readonly #place: Target
  readonly #method: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  /** By connection, in the order in which they were opened. */
  readonly #received = new Map<Socket, Buffer[]>()

  constructor(place: Target, method: string) {
    this.#place = place
    this.#method = method
  }

  ask(path: string): Promise<Asked> {
    const { promise, resolve } = Promise.withResolvers<Asked>()
    const asking = request({ ...this.#place, path, method: this.#method, agent: this.#agent })
    asking.on('socket', (socket) => this.#listen(socket))
    asking.on('response', (response) => read(response).then(resolve))
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const failed = error.code?.startsWith('HPE_') ? 'unparsable' : 'broken'
      resolve({ failed, why: error.message })
    })
    asking.setTimeout(PATIENCE_MS, () => {
      resolve({ failed: 'hung', why: '' })
      asking.destroy()
    })
    asking.end()
    return promise
  }

  /** The complete final responses that another parser finds in the received bytes. @throws Error if it can't parse them */
  answersElsewhere(): SeenAnswer[] {
    try {
      return [...this.#received.values()].flatMap((parts) =>
        answersIn(Buffer.concat(parts), this.#method),
      )
    } catch (cause) {
      throw new Error(`${String(cause)} in ${JSON.stringify(this.text)}`, { cause })
    }
  }

  /** The received bytes, latin1. */
  get text(): string {
    return Buffer.concat([...this.#received.values()].flat()).toString('latin1')
  }

  close(): void {
    this.#agent.destroy()
  }

  #listen(socket: Socket): void {
    if (this.#received.has(socket)) return
    const parts: Buffer[] = []
    this.#received.set(socket, parts)
    socket.on('data', (data: Buffer) => parts.push(data))
  }
}

function read(response: IncomingMessage): Promise<Asked> {
  const { promise, resolve } = Promise.withResolvers<Asked>()
  let body = ''
  response.setEncoding('latin1').on('data', (data: string) => {
    body += data
  })
  response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
  response.on('error', (error: NodeJS.ErrnoException) => {
    const failed = error.code?.startsWith('HPE_') ? 'unparsable' : 'broken'
    resolve({ failed, why: error.message })
  })
  return promise
}
