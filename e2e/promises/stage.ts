import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { openFiles } from '../support/process-figures.ts'
import { type LbProcess, startLbProcess } from './lb-process.ts'

const TEN_MINUTES = 600_000

type Setting = {
  /** The load balancer's connections. Those of health checks are closed without sending anything. */
  onConnection: (socket: Socket) => void
  backend?: Partial<DesiredBackend>
  frontend?: Partial<DesiredFrontend>
  /** The load balancer's limit of open files. */
  openFiles?: number
}

/** A server in this process, and a load balancer in its own process in front of it. */
export class Stage {
  readonly lb: LbProcess
  /** The server's port. */
  readonly port: number
  readonly #idleFiles: number
  readonly #sockets: Set<Socket>
  readonly #close: () => void

  private constructor(lb: LbProcess, port: number, sockets: Set<Socket>, close: () => void) {
    this.lb = lb
    this.port = port
    this.#idleFiles = openFiles(lb.pid)
    this.#sockets = sockets
    this.#close = close
  }

  static async set(setting: Setting): Promise<Stage> {
    const sockets = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => {})
      setting.onConnection(socket)
    }).listen({ host: TEST_ADDRESS, port: 0, backlog: 4096 })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const timeouts = {
      connect: 5000,
      server: TEN_MINUTES,
      tunnel: TEN_MINUTES,
      queue: TEN_MINUTES,
    }
    const backend = testBackend(port, { timeouts, ...setting.backend })
    const frontend = { client_timeout: TEN_MINUTES, ...setting.frontend }
    const lb = await startLbProcess({ backend, frontend }, setting)
    await waitFor('the server is up', async () => (await lb.report()).servers[0]?.state === 'up')
    await waitFor('the check is over', () => sockets.size === 0)
    return new Stage(lb, port, sockets, () => server.close())
  }

  /** A client's connection through the load balancer. */
  async client(): Promise<Socket> {
    const options = { port: this.lb.port, host: TEST_ADDRESS, allowHalfOpen: true, noDelay: true }
    const socket = this.owns(connect(options))
    await once(socket, 'connect')
    return socket
  }

  /** A socket that ends with the stage. */
  owns(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
  }

  /** The number of files that the load balancer has opened since its start. */
  get filesInUse(): number {
    return openFiles(this.lb.pid) - this.#idleFiles
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    for (const socket of this.#sockets) socket.destroy()
    await this.lb.stop()
  }
}
