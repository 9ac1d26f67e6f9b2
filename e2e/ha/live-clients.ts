import { Agent, type ClientRequest, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'

/** Long-lived connections, and how many of them were lost. */
export type LiveResult = { kind: string; exchanged: number; ended: number; wrong: number }

/** The interval of a connection's messages. Milliseconds. */
const PACE_MS = 5

/** One kind of long-lived client: it sends a message, waits for the echo and compares it, repeatedly. */
export class LiveClients {
  readonly #kind: string
  readonly #loops: Promise<void>[]
  #running = true
  #exchanged = 0
  #ended = 0
  #wrong = 0

  constructor(kind: string, count: number, open: () => Promise<Conversation>) {
    this.#kind = kind
    this.#loops = Array.from({ length: count }, (_, index) => this.#talk(index, open))
  }

  get exchanged(): number {
    return this.#exchanged
  }

  async stop(): Promise<LiveResult> {
    this.#running = false
    await Promise.all(this.#loops)
    const [exchanged, ended, wrong] = [this.#exchanged, this.#ended, this.#wrong]
    return { kind: this.#kind, exchanged, ended, wrong }
  }

  /** A lost connection is counted and replaced, so their number stays the same. */
  async #talk(index: number, open: () => Promise<Conversation>): Promise<void> {
    let conversation = await open()
    for (let turn = 0; this.#running; turn += 1) {
      const said = `${index}-${turn}-${'x'.repeat(turn % 3000)}`
      try {
        const heard = await conversation.say(said)
        if (heard !== conversation.expected(said)) this.#wrong += 1
        this.#exchanged += 1
      } catch {
        this.#ended += 1
        conversation = await open()
      }
      await setTimeout(PACE_MS)
    }
    conversation.close()
  }
}

export type Conversation = {
  /** Resolves with the echo. @throws Error if the connection has ended */
  say(text: string): Promise<string>
  expected(said: string): string
  close(): void
}

const itself = (said: string) => said

export async function webSocket(url: string): Promise<Conversation> {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  const hearing = new Hearing()
  socket.on('message', (data) => hearing.heard(String(data)))
  socket.on('close', () => hearing.fail('closed'))
  socket.on('error', (error) => hearing.fail(error.message))
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  return {
    say: (text) => hearing.after(() => socket.send(text)),
    expected: itself,
    close: () => socket.terminate(),
  }
}

export async function tcpStream(url: string): Promise<Conversation> {
  const { hostname: host, port } = new URL(url)
  const socket: Socket = connect({ host, port: Number(port) })
  const hearing = new Hearing()
  let text = ''
  let wanted = 0
  socket.setEncoding('latin1').on('data', (data: string) => {
    text += data
    if (text.length < wanted) return
    hearing.heard(text)
    text = ''
  })
  socket.on('close', () => hearing.fail('closed'))
  socket.on('error', (error) => hearing.fail(error.message))
  await new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject))
  return {
    say: (said) => {
      wanted = said.length
      return hearing.after(() => socket.write(said))
    },
    expected: itself,
    close: () => socket.destroy(),
  }
}

/**
 * Sequential requests on one connection.
 * @param mayMove whether a response may close the connection; otherwise that counts as lost
 */
export async function keepAlive(url: string, mayMove = false): Promise<Conversation> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let first: Socket | null = null
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const asking: ClientRequest = request(url, { agent }, async (response) => {
        let text = ''
        for await (const part of response.setEncoding('latin1')) text += part
        // Responses contain the server's name, which differs in its number.
        resolve(`${response.statusCode} ${text.replace(/\d\n$/, '')}`)
      })
      asking.on('socket', (socket) => {
        first ??= socket
        if (socket !== first && !mayMove) asking.destroy(new Error('another connection'))
      })
      asking.on('error', reject)
      asking.end()
    })
  return { say: ask, expected: () => '200 web', close: () => agent.destroy() }
}

/** Waits for one response at a time. */
class Hearing {
  #waiting: { resolve(text: string): void; reject(error: Error): void } | null = null
  #failure: string | null = null

  after(send: () => void): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(new Error(this.#failure))
      this.#waiting = { resolve, reject }
      send()
    })
  }

  heard(text: string): void {
    this.#waiting?.resolve(text)
    this.#waiting = null
  }

  fail(why: string): void {
    this.#failure = why
    this.#waiting?.reject(new Error(why))
    this.#waiting = null
  }
}
