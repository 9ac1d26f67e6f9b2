import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DesiredConfig } from '#lib/config/desired.ts'
import { type LbReport, NodeReport } from '#lib/config/report.ts'
import { type ConfigMessage, Known } from '#lib/config/stream.ts'
import type { NodeToSupervisor } from '#lib/config/supervision.ts'
import {
  bindHandle,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
  until,
} from './testing.ts'

const NODE = 'fr-par-a'
const SECRET = 'a secret of this test'
const NODE_BINARY = join(import.meta.dirname, '../../node_modules/.bin/node')

/** The control plane's side of the two calls that a node makes. */
class ControlPlane {
  readonly known: Known['known'][] = []
  readonly reports = new Map<string, LbReport>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  #stream: ServerResponse | null = null

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, TEST_ADDRESS)
    await once(this.#server, 'listening')
    return `http://${TEST_ADDRESS}:${(this.#server.address() as AddressInfo).port}`
  }

  say(message: ConfigMessage | string): void {
    const line = typeof message === 'string' ? message : JSON.stringify(message)
    this.#stream?.write(`${line}\n`)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${SECRET}`) {
      response.writeHead(401).end()
      return
    }
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.url === `/nodes/v1/${NODE}/config`) {
      this.known.push(Known.parse(JSON.parse(body)).known)
      response.writeHead(200)
      this.#stream = response
      this.say({ type: 'synced' })
      return
    }
    for (const lb of NodeReport.parse(JSON.parse(body)).lbs) this.reports.set(lb.lb_id, lb)
    response.writeHead(204).end()
  }
}

/** A node process and the supervisor's side of its channel. */
class Supervised {
  readonly messages: NodeToSupervisor[] = []
  readonly process: ChildProcess

  constructor(apiUrl: string, dataDir: string) {
    const env = {
      ...process.env,
      FAIRLEAD_NODE: NODE,
      FAIRLEAD_API_URL: apiUrl,
      FAIRLEAD_NODE_SECRET: SECRET,
      FAIRLEAD_DATA_DIR: dataDir,
    }
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    this.process = spawn(NODE_BINARY, ['lib/runtime/main.ts'], {
      env,
      stdio: [...stdio],
      cwd: join(import.meta.dirname, '../..'),
    })
    this.process.on('message', (message) => this.messages.push(message as NodeToSupervisor))
  }

  has(type: NodeToSupervisor['type']): boolean {
    return this.messages.some((message) => message.type === type)
  }

  /** Hands the claimed socket over and has the node listen. */
  async serve(config: DesiredConfig): Promise<number> {
    await until(() => this.has('claim'))
    const { handle, port: bound } = bindHandle(TEST_ADDRESS, config.frontends[0]?.port)
    const place = { lb_id: config.lb_id, address: TEST_ADDRESS, port: bound }
    await new Promise((resolve) =>
      this.process.send({ type: 'socket', ...place }, handle as never, resolve),
    )
    handle.close()
    this.process.send({ type: 'activate', lb_id: config.lb_id })
    return bound
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode === null) await once(this.process, 'exit')
    return this.process.exitCode
  }
}

let dataDir: string
let origin: Server
let config: DesiredConfig
let controlPlane: ControlPlane
let apiUrl: string
let node: Supervised

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-node-'))
  origin = createServer((_, response) => response.end('served')).listen(0, TEST_ADDRESS)
  await once(origin, 'listening')
  const { handle, port } = bindHandle(TEST_ADDRESS)
  handle.close()
  const backend = testBackend((origin.address() as AddressInfo).port)
  config = testConfig([testFrontend(port, backend)], [backend], { generation: 5 })
  controlPlane = new ControlPlane()
  apiUrl = await controlPlane.listen()
  node = new Supervised(apiUrl, dataDir)
})

afterEach(async () => {
  node.process.kill('SIGKILL')
  await node.exit()
  controlPlane.close()
  origin.close()
  rmSync(dataDir, { recursive: true })
})

const report = () => controlPlane.reports.get(config.lb_id)
const body = async (port: number) => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()
const files = () => readdirSync(join(dataDir, 'nodes', NODE))

async function applied(): Promise<number> {
  await until(() => controlPlane.known.length > 0)
  controlPlane.say({ type: 'apply', config })
  const port = await node.serve(config)
  await until(() => report()?.listeners[0]?.state === 'listening')
  await until(() => files().includes(`${config.lb_id}.json`))
  return port
}

test('a node carries out what it is told, reports it, and says that it lives', async () => {
  const port = await applied()
  expect(await body(port)).toBe('served')
  expect(node.has('ready')).toBe(true)
  expect(node.has('heartbeat')).toBe(true)
  const claims = node.messages.filter(({ type }) => type === 'claim')
  expect(claims[0]).toMatchObject({ lb_id: config.lb_id, ports: [port], master: 'a' })
  await until(() => report()?.servers[0]?.state === 'up')
  await until(() => report()?.counters.requests_total === 1)
  expect(report()).toMatchObject({ generation: 5, active: true })
})

test('with the control plane gone it serves on, and serves again after a restart', async () => {
  const port = await applied()
  controlPlane.close()
  expect(await body(port)).toBe('served')

  node.process.kill('SIGKILL')
  await node.exit()
  // A neighbour's broken file must not keep it from starting.
  writeFileSync(join(dataDir, 'nodes', NODE, 'broken.json'), '{"lb_id": ')
  node = new Supervised(apiUrl, dataDir)
  const again = await node.serve(config)
  await until(() => body(again).then(Boolean, () => false))
  expect(await body(again)).toBe('served')

  controlPlane = new ControlPlane()
  await controlPlane.listen(Number(new URL(apiUrl).port))
  await until(() => controlPlane.known.length > 0)
  expect(controlPlane.known[0]).toEqual({ [config.lb_id]: 5 })
  await until(() => report()?.generation === 5)
})

test('it refuses what is older or makes no sense, and goes on', async () => {
  await applied()
  controlPlane.say({ type: 'apply', config: { ...config, generation: 4, frontends: [] } })
  controlPlane.say('{"type":"apply","config":{}}')
  controlPlane.say('not JSON')
  controlPlane.say({ type: 'apply', config: { ...config, generation: 6 } })
  await until(() => report()?.generation === 6)
  expect(report()?.listeners).toHaveLength(1)
})

test('a removed load balancer is let go of and forgotten', async () => {
  const port = await applied()
  controlPlane.say({ type: 'remove', lb_id: config.lb_id })
  await until(() => node.has('release') && files().length === 0)
  await expect(body(port)).rejects.toThrow()
})

test('it ends when asked to, and when its supervisor is gone', async () => {
  await applied()
  node.process.kill('SIGINT')
  node.process.send({ type: 'stop' })
  expect(await node.exit()).toBe(0)
  node = new Supervised(apiUrl, dataDir)
  await until(() => node.has('ready'))
  node.process.disconnect()
  expect(await node.exit()).toBe(0)
})
