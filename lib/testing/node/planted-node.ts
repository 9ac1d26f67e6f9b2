import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectPipe, type HandlePipe } from '#lib/node/supervision/handle-pipe.ts'
import { processIdentity } from '#lib/process/process-identity.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import type { Plants } from '#lib/testing/faults/planted-process.ts'
import { type ControlPlane, NODE, Supervised } from '#lib/testing/node/node-process.ts'
import {
  freePort,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import { SocketSupervisor } from './socket-supervisor.ts'

/** Support for tests with planted exceptions: a node, and changes for it. */

/** The exceptions that are planted, and where the node keeps its files and finds the control plane. */
export type PlantedStage = { plants: Plants; dataDir: string; apiUrl: string }

/** A node with planted exceptions that becomes active for everything that it claims. For use within tests only. */
export class PlantedNode {
  readonly process: Supervised
  pipe: HandlePipe<NodeToSupervisor, SupervisorToNode> | null = null
  readonly #dataDir: string
  readonly #sockets = new SocketSupervisor((...message) => this.send(...message), {
    activates: true,
  })

  /** @param armed ids that throw while it starts */
  constructor({ plants, dataDir, apiUrl }: PlantedStage, armed: string[] = []) {
    this.#dataDir = dataDir
    this.process = new Supervised(apiUrl, dataDir, { runDir: dataDir }, plants.env(armed))
    const { process: child } = this.process
    child.on('message', (message, handle) =>
      this.#sockets.onMessage(message as NodeToSupervisor, handle as unknown as SocketHandle),
    )
    onTestFinished(() => {
      child.kill('SIGKILL')
      this.#sockets.close()
    })
  }

  get pid(): number {
    return this.process.process.pid as number
  }

  send(message: SupervisorToNode, handle?: SocketHandle): void {
    const { process: child } = this.process
    // A socket in transit may have been closed since.
    if (child.connected) child.send(message, handle as never, undefined, () => {})
    else this.pipe?.send(message, handle)
  }

  /** Connects as a supervisor that adopts the node. */
  async connect(): Promise<void> {
    const path = join(this.#dataDir, `${NODE}-1.${this.pid}.${processIdentity(this.pid)}.sock`)
    const pipe = await connectPipe<NodeToSupervisor, SupervisorToNode>(path)
    pipe.onMessage = (message, handle) =>
      this.#sockets.onMessage(message, handle as SocketHandle | undefined)
    pipe.onEnd = () => {
      if (this.pipe === pipe) this.pipe = null
    }
    this.pipe = pipe
  }
}

/** The load balancer whose clients must not be affected. Within a test only. */
export async function steadyLb(): Promise<{ config: DesiredConfig; http: number; tcp: number }> {
  const server = createHttpServer((_request, response) => response.end('steady'))
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  const [http, tcp] = [await freePort(), await freePort()]
  for (const one of [server, echo]) {
    one.listen(0, TEST_ADDRESS)
    await new Promise((resolve) => one.once('listening', resolve))
    onTestFinished(() => void one.close())
  }
  const portOf = (one: typeof echo) => (one.address() as AddressInfo).port
  const backends = [
    testBackend(portOf(server)),
    testBackend(portOf(echo), { protocol: 'tcp' }),
  ] as const
  const frontends = [testFrontend(http, backends[0]), testFrontend(tcp, backends[1])]
  return { config: testConfig(frontends, [...backends], { lb_id: 'steady' }), http, tcp }
}

/** Adds and removes a load balancer, and more often a frontend and a server of it. */
export class Changes {
  paused = false
  #generation = 1
  readonly #backend = testBackend(1)
  readonly #frontends: DesiredConfig['frontends']
  readonly #controlPlane: ControlPlane
  #timer: NodeJS.Timeout

  constructor(controlPlane: ControlPlane, ports: [number, number]) {
    this.#controlPlane = controlPlane
    this.#frontends = ports.map((port) => ({
      ...testFrontend(port, this.#backend),
      acls: [
        {
          id: `acl ${port}`,
          name: 'a',
          match: {
            sources: null,
            http: { type: 'path_regex' as const, values: [`^/${port}`] },
            invert: false,
          },
          action: { type: 'deny' as const },
        },
      ],
    }))
    let turn = 0
    this.#timer = setInterval(() => {
      if (this.paused) return
      turn += 1
      if (turn % 5 === 0) controlPlane.say({ type: 'remove', lb_id: 'changing' })
      else this.apply(this.#frontends.slice(0, 1 + (turn % 2)))
      for (const port of ports) this.#visit(port)
      controlPlane.say({ type: 'check', id: `check-${turn}`, draft: this.#backend })
    }, 100)
  }

  /** Connects a silent client, so that the frontend has one when it is removed. */
  #visit(port: number): void {
    const socket = connect(port, TEST_ADDRESS).on('error', () => {})
    setTimeout(() => socket.destroy(), 500)
  }

  /** Pipelines a number of requests, all of which are denied. */
  ask(count: number): void {
    const port = this.#frontends[0]?.port ?? 0
    const socket = connect(port, TEST_ADDRESS)
      .on('error', () => {})
      .resume()
    socket.write(`GET /${port} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(count))
    setTimeout(() => socket.destroy(), 500)
  }

  apply(frontends: DesiredConfig['frontends'], lb_id = 'changing'): void {
    this.#generation += 1
    const servers = [TEST_ADDRESS, '127.0.0.2'].slice(0, 1 + (this.#generation % 2))
    const backends = [{ ...this.#backend, servers }]
    const config = testConfig(frontends, backends, { lb_id, generation: this.#generation })
    this.#controlPlane.say({ type: 'apply', config })
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
