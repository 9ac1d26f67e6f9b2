import { once } from 'node:events'
import { createServer as createHttpServer, get, type RequestListener, request } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type {
  DesiredBackend,
  DesiredCheckKind,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import { freePort, TEST_ADDRESS, testBackend, testConfig, testFrontend } from './running-lb.ts'
import { unresponsiveServer } from './sockets.ts'

/**
 * Load balancers, servers and clients that exercise everything in a node: queues, retries, timeouts, TLS, failures, limits. Their results
 * don't matter.
 */

const CHUNK = Buffer.alloc(64 * 1024, 'x')
const CHECK = { delay: 60, transient_delay: 60, timeout: 10_000, retries: 2, send_proxy: false }
const UNVERIFIED = { verify: false, server_name: null }

/** The interval of each client's action. Milliseconds. */
const PACE_MS = 40

/** By name of the frontend. */
type Ports = Record<string, number>

export class BusyNode {
  /** The load balancers that exist all the time. */
  readonly configs: DesiredConfig[] = []
  readonly ports: Ports = {}
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  #loops: Promise<void>[] = []
  #stopped = false
  #isHealthy = true

  /**
   * Within a test only.
   * @param certificate of its TLS servers
   */
  async start(certificate: { cert: string; key: string }): Promise<void> {
    const plain = await this.#listen(createHttpServer(this.#answer))
    const secure = await this.#listen(createHttpsServer(certificate, this.#answer))
    const echo = await this.#listen(createServer({ allowHalfOpen: true }, (one) => one.pipe(one)))
    const closing = await this.#listen(createServer((socket) => socket.end()))
    const unresponsive = await unresponsiveServer()
    const taken = await this.#listen(createServer())
    const http = (type: 'http' | 'https', uri: string): DesiredCheckKind => {
      const requested = { method: 'GET', uri, code: 200, host: '' }
      return type === 'http' ? { type, ...requested } : { type, ...requested, sni: '' }
    }
    const backend = (port: number, kind: DesiredCheckKind, more: Partial<DesiredBackend> = {}) =>
      testBackend(port, { health_check: { ...CHECK, kind, port }, ...more })
    await this.#add('web', {
      secure: [backend(secure, http('https', '/'), { tls: UNVERIFIED }), { access_log: true }],
      queued: [backend(plain, http('http', '/'), { max_connections: 1 }), {}],
      refused: [backend(await freePort(), { type: 'tcp' }), {}],
      unsafe: [backend(plain, { type: 'tcp' }, { tls: UNVERIFIED }), {}],
      rated: [backend(plain, { type: 'tcp' }), { connection_rate_limit: 2 }],
      idle: [backend(closing, { type: 'redis' }), { client_timeout: 100 }],
      bulk: [backend(unresponsive, { type: 'redis' }, { servers: [] }), {}],
      unresponsive: [backend(unresponsive, { type: 'redis' }), {}],
    })
    this.#frontend('web', 'bulk').backend_id = this.#frontend('web', 'rated').backend_id
    await this.#add('slow', { slow: [testBackend(plain), {}] }, { bandwidth: 8_000_000 })
    const ending = { protocol: 'tcp', shutdown_sessions_when_down: true } as const
    await this.#add('streams', {
      halves: [testBackend(echo, { protocol: 'tcp' }), {}],
      flapping: [backend(echo, http('http', '/flapping'), { ...ending }), {}],
    })
    // Their checks go to a different port than their connections.
    this.#backend('streams', 'flapping').health_check.port = plain
    this.#backend('web', 'refused').health_check.port = plain
    this.#backend('web', 'unresponsive').health_check.timeout = 60
    await this.#add('unlucky', { taken: [testBackend(plain), {}] })
    this.#frontend('unlucky', 'taken').port = taken
  }

  /** Starts clients that exercise all of it repeatedly. */
  run(): void {
    const request = (port: string, path = '/') => this.#ask(port, path)
    this.#loops = [
      this.#repeat(() => request('secure')),
      this.#repeat(() => request('secure', '/close')),
      this.#repeat(() => request('secure', '/reset')),
      this.#repeat(() => request('secure', '/drop')),
      this.#repeat(() => this.#upload('secure')),
      ...[1, 2, 3].map(() => this.#repeat(() => request('queued', '/slowly'))),
      this.#repeat(() => request('refused')),
      this.#repeat(() => request('unsafe')),
      this.#repeat(() => request('rated')),
      this.#repeat(() => request('rated')),
      this.#repeat(() => request('slow', '/large')),
      this.#repeat(() => this.#readSlowly('bulk')),
      this.#repeat(() => this.#converse('idle', () => {})),
      this.#repeat(() => this.#converse('halves', (socket) => socket.end('x'))),
      this.#repeat(() => this.#converse('flapping', (socket) => socket.write('x'))),
      this.#repeat(async () => {
        this.#isHealthy = !this.#isHealthy
        await simulateDelay(200)
      }),
    ]
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) server.close()
    await Promise.all(this.#loops)
    for (const socket of this.#sockets) socket.destroy()
  }

  #config(name: string): DesiredConfig {
    const config = this.configs.find(({ lb_id }) => lb_id === name)
    if (!config) throw new Error(name)
    return config
  }

  #frontend(lb: string, name: string): DesiredFrontend {
    const frontend = this.#config(lb).frontends.find((one) => one.id === name)
    if (!frontend) throw new Error(name)
    return frontend
  }

  #backend(lb: string, frontend: string): DesiredBackend {
    const { backend_id } = this.#frontend(lb, frontend)
    const backend = this.#config(lb).backends.find(({ id }) => id === backend_id)
    if (!backend) throw new Error(frontend)
    return backend
  }

  async #add(
    lb_id: string,
    parts: Record<string, [DesiredBackend, Partial<DesiredFrontend>]>,
    limits: Partial<DesiredConfig['limits']> = {},
  ): Promise<void> {
    const frontends: DesiredFrontend[] = []
    for (const [id, [backend, more]] of Object.entries(parts)) {
      const port = await freePort()
      this.ports[id] = port
      frontends.push({ ...testFrontend(port, backend), id, ...more })
    }
    const backends = Object.values(parts).map(([backend]) => backend)
    const all = { connections: null, bandwidth: null, ...limits }
    this.configs.push(testConfig(frontends, backends, { lb_id, limits: all }))
  }

  readonly #answer: RequestListener = (requested, response) => {
    const { socket } = requested
    // The TCP connection below TLS, which Node does not expose.
    if (requested.url === '/reset') (socket as { _parent?: Socket })._parent?.resetAndDestroy()
    else if (requested.url === '/drop') socket.destroy()
    else if (requested.url === '/close') response.setHeader('Connection', 'close').end('x')
    else if (requested.url === '/slowly') setTimeout(() => response.end('x'), 20)
    else if (requested.url === '/large') response.end(Buffer.alloc(300_000))
    else if (requested.url === '/flapping') response.writeHead(this.#isHealthy ? 200 : 500).end()
    else if (requested.url === '/endless') {
      const more = () => {
        if (!socket.destroyed && response.write(CHUNK)) setImmediate(more)
      }
      response.on('drain', more)
      more()
    } else if (requested.method === 'POST') {
      // Creates back pressure.
      setTimeout(() => requested.resume().on('end', () => response.end('x')), 50)
    } else response.end('x')
  }

  async #listen(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => this.#keep(socket))
    server.on('tlsClientError', () => {})
    server.listen(0, TEST_ADDRESS)
    await once(server, 'listening')
    this.#servers.push(server)
    return (server.address() as AddressInfo).port
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    return socket.once('close', () => this.#sockets.delete(socket))
  }

  async #repeat(act: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      await act().catch(() => {})
      await simulateDelay(PACE_MS)
    }
  }

  async #ask(name: string, path: string): Promise<void> {
    const options = { host: TEST_ADDRESS, port: this.ports[name], path, agent: false }
    const requested = get({ ...options, signal: AbortSignal.timeout(2000) })
    const [response] = await once(requested, 'response')
    response.resume()
    await once(response, 'end')
  }

  async #upload(name: string): Promise<void> {
    const options = { host: TEST_ADDRESS, port: this.ports[name], method: 'POST', agent: false }
    const requested = request({ ...options, signal: AbortSignal.timeout(2000) })
    requested.end(Buffer.alloc(4_000_000))
    const [response] = await once(requested, 'response')
    response.resume()
    await once(response, 'end')
  }

  async #readSlowly(name: string): Promise<void> {
    await this.#converse(name, (socket) => {
      socket.pause().write('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
      setTimeout(() => socket.resume(), 30)
      setTimeout(() => socket.destroy(), 100)
    })
  }

  /** Waits until it closes, at most a second. */
  async #converse(name: string, begin: (socket: Socket) => void): Promise<void> {
    const socket = this.#keep(connect({ host: TEST_ADDRESS, port: this.ports[name] ?? 0 }))
    await once(socket, 'connect')
    socket.resume()
    begin(socket)
    const signal = AbortSignal.timeout(1000)
    await once(socket, 'close', { signal }).finally(() => socket.destroy())
  }
}
