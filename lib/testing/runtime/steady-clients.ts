import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { simulateDelay } from '#lib/testing/wait.ts'
import { TEST_ADDRESS } from './running-lb.ts'

/** The timeout of a request. Milliseconds. */
const TIMEOUT_MS = 10_000
/** The pause between two requests of a client. Milliseconds. */
const PAUSE_MS = 4

/** Clients that must be unaffected: keep-alive and new HTTP connections, and a stream in TCP mode. */
export class SteadyClients {
  requests = 0
  /** The errors, one line each. */
  readonly errors: string[] = []
  readonly #http: number
  readonly #tcp: number
  readonly #agent = new Agent({ keepAlive: true })
  readonly #loops: Promise<void>[]
  #stopped = false

  /** @param ports of an HTTP frontend, and of one in TCP mode whose servers echo */
  constructor({ http, tcp }: { http: number; tcp: number }, keptAlive = 4) {
    this.#http = http
    this.#tcp = tcp
    const kept = Array.from({ length: keptAlive }, () => this.#loop(() => this.#ask(this.#agent)))
    this.#loops = [...kept, this.#loop(() => this.#ask(false)), this.#echo()]
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
    this.#agent.destroy()
  }

  async #loop(act: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await act()
      } catch (error) {
        this.errors.push((error as Error).message)
      }
      this.requests += 1
      await simulateDelay(PAUSE_MS)
    }
  }

  async #ask(agent: Agent | false): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const request = get({ host: TEST_ADDRESS, port: this.#http, agent, signal })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
  }

  /** Uses one connection until it closes, then opens another. */
  async #echo(): Promise<void> {
    let socket: Socket | null = null
    await this.#loop(async () => {
      socket ??= await this.#connected()
      socket.write('ping')
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      try {
        await once(socket, 'data', { signal })
      } catch (error) {
        socket.destroy()
        socket = null
        throw error
      }
    })
    ;(socket as Socket | null)?.destroy()
  }

  async #connected(): Promise<Socket> {
    const socket = connect(this.#tcp, TEST_ADDRESS)
    // A close without an error is a failure too.
    socket.once('close', () => socket.destroyed && socket.emit('error', new Error('closed')))
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
}
