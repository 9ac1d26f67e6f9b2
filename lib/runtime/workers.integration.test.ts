import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { Agent, createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VERSION } from '#lib/process/version.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { ControlPlane, eventually, NODE, Supervised } from '#lib/testing/node/node-process.ts'
import {
  bindHandle,
  freePort,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import type { SocketHandle } from './sockets/listener-source.ts'

const WORKERS = { workers: 2 }

let dataDir: string
let origin: Server
/** The number of concurrent requests at the origin, and the highest number so far. */
let pending: { now: number; most: number }
let config: DesiredConfig
let port: number
/** The port's sockets, one for each worker. */
let handles: [SocketHandle, SocketHandle]
let controlPlane: ControlPlane
let apiUrl: string
let first: Supervised
let second: Supervised

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-node-'))
  pending = { now: 0, most: 0 }
  origin = createServer((_, response) => {
    pending.now += 1
    pending.most = Math.max(pending.most, pending.now)
    setImmediate(() => {
      pending.now -= 1
      response.end('served')
    })
  }).listen(0, TEST_ADDRESS)
  await once(origin, 'listening')
  port = await freePort()
  const backend = testBackend((origin.address() as AddressInfo).port, {
    max_connections: 3,
    timeouts: { connect: 5000, server: 5000, tunnel: 5000, queue: 20_000 },
  })
  config = testConfig([testFrontend(port, backend)], [backend], { generation: 5 })
  controlPlane = new ControlPlane()
  apiUrl = await controlPlane.listen()
  first = new Supervised(apiUrl, dataDir, { worker: 1, ...WORKERS })
  second = new Supervised(apiUrl, dataDir, { worker: 2, ...WORKERS })
  await eventually(() => controlPlane.hellos.length === 2)
  controlPlane.say({ type: 'apply', config })
  const shared = () => bindHandle(TEST_ADDRESS, port, { shared: true }).handle
  handles = [shared(), shared()]
  await Promise.all([first.listen(config, handles[0], 1), second.listen(config, handles[1], 2)])
  await eventually(() => [1, 2].every((one) => report(one)?.listeners[0]?.state === 'listening'))
  await eventually(() => files().includes(`${config.lb_id}.json`))
})

afterEach(async () => {
  for (const { process } of [first, second]) process.kill('SIGKILL')
  await Promise.all([first.exit(), second.exit()])
  for (const handle of handles) handle.close()
  controlPlane.close()
  origin.close()
  rmSync(dataDir, { recursive: true })
})

const report = (worker: number) => controlPlane.reports.get(worker)?.get(config.lb_id)
const files = () => readdirSync(join(dataDir, 'nodes', NODE))

/** Sends a request on one of the agent's connections, or on a new one. */
function get(agent = new Agent()): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: TEST_ADDRESS, port, agent }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    asking.on('error', reject).end()
  })
}

test('accept connections of one port, count their own, and share the limits', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const requests = Array.from({ length: 640 }, () => get(agent))
  const responses = await Promise.all(requests)
  agent.destroy()
  expect(new Set(responses)).toEqual(new Set(['served']))
  const counted = () => [1, 2].map((worker) => report(worker)?.counters.requests_total ?? 0)
  await eventually(() => counted().reduce((sum, count) => sum + count) === responses.length)
  const connections = [1, 2].map((worker) => report(worker)?.counters.connections_total ?? 0)
  for (const count of connections) expect(count).toBeGreaterThanOrEqual(8)
  expect(pending.most).toBeGreaterThan(1)
  expect(pending.most).toBeLessThanOrEqual(3)
})

test('accept for a missing worker, until it is back', async () => {
  first.process.kill('SIGKILL')
  await first.exit()
  const bodies = Promise.all(Array.from({ length: 32 }, () => get()))
  await second.listen(config, handles[0], 1)
  expect(new Set(await bodies)).toEqual(new Set(['served']))
  const { lb_id } = config
  const socket = { lb_id, address: TEST_ADDRESS, port, shard: 1 }
  second.process.send({ type: 'socket_withdrawn', ...socket })
  first = new Supervised(apiUrl, dataDir, { worker: 1, ...WORKERS })
  await first.listen(config, handles[0], 1)
  const connections = () => report(1)?.counters.connections_total ?? 0
  await eventually(async () => (await get()) === 'served' && connections() > 0)
})

test('start without the control plane, from the first worker’s last good configuration', async () => {
  for (const { process } of [first, second]) process.kill('SIGKILL')
  await Promise.all([first.exit(), second.exit()])
  controlPlane.close()
  second = new Supervised(apiUrl, dataDir, { worker: 2, ...WORKERS })
  for (const [index, handle] of handles.entries()) await second.listen(config, handle, index + 1)
  for (let count = 0; count < 8; count += 1) expect(await get()).toBe('served')
})

test('only the first worker writes and deletes the last good configuration', async () => {
  first.process.kill('SIGKILL')
  await first.exit()
  controlPlane.say({ type: 'remove', lb_id: config.lb_id })
  await eventually(() => second.has('release'))
  expect(files()).toEqual([`${config.lb_id}.json`])
  first = new Supervised(apiUrl, dataDir, { worker: 1, ...WORKERS })
  await eventually(() => controlPlane.hellos.length === 3)
  expect(controlPlane.hellos[2]).toEqual({
    worker: 1,
    ...WORKERS,
    version: VERSION,
    known: { [config.lb_id]: expect.objectContaining({ generation: 5 }) },
  })
  controlPlane.say({ type: 'remove', lb_id: config.lb_id })
  await eventually(() => files().length === 0)
})
