import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VERSION } from '#lib/process/version.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import {
  ControlPlane,
  eventually,
  FAILOVER_ID,
  NODE,
  SINCE,
  Supervised,
} from '#lib/testing/node/node-process.ts'
import {
  bindHandle,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'

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

const report = () => controlPlane.reports.get(1)?.get(config.lb_id)
const body = async (port: number) => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()
const files = () => readdirSync(join(dataDir, 'nodes', NODE))

async function applied(): Promise<number> {
  await eventually(() => controlPlane.hellos.length > 0)
  controlPlane.say({ type: 'apply', config })
  const port = await node.serve(config)
  await eventually(() => report()?.listeners[0]?.state === 'listening')
  await eventually(() => files().includes(`${config.lb_id}.json`))
  return port
}

test('a node applies a configuration, reports it and sends heartbeats', async () => {
  const port = await applied()
  expect(await body(port)).toBe('served')
  expect(node.has('ready')).toBe(true)
  expect(node.has('heartbeat')).toBe(true)
  const claims = node.messages.filter(({ type }) => type === 'claim')
  expect(claims[0]).toMatchObject({ lb_id: config.lb_id, ports: [port], master: 'a' })
  await eventually(() => report()?.servers[0]?.state === 'up')
  await eventually(() => report()?.counters.requests_total === 1)
  const activation = { active: true, active_since: SINCE, failover_id: FAILOVER_ID }
  expect(report()).toMatchObject({ generation: 5, ...activation })
})

test('without the control plane a node serves on, also after a restart', async () => {
  const port = await applied()
  controlPlane.close()
  expect(await body(port)).toBe('served')

  node.process.kill('SIGKILL')
  await node.exit()
  // A neighbour's broken file must not keep it from starting.
  writeFileSync(join(dataDir, 'nodes', NODE, 'broken.json'), '{"lb_id": ')
  node = new Supervised(apiUrl, dataDir)
  const again = await node.serve(config)
  await eventually(() => body(again).then(Boolean, () => false))
  expect(await body(again)).toBe('served')

  controlPlane = new ControlPlane()
  await controlPlane.listen(Number(new URL(apiUrl).port))
  await eventually(() => controlPlane.hellos.length > 0)
  expect(controlPlane.hellos).toEqual([
    {
      worker: 1,
      workers: 1,
      version: VERSION,
      known: { [config.lb_id]: expect.objectContaining({ generation: 5 }) },
    },
  ])
  await eventually(() => report()?.generation === 5)
})

test('a node refuses older generations, rejects unreadable ones, and goes on', async () => {
  await applied()
  controlPlane.say({ type: 'apply', config: { ...config, generation: 4, frontends: [] } })
  controlPlane.say('{"type":"apply","config":{}}')
  controlPlane.say('not JSON')
  controlPlane.say(
    JSON.stringify({ type: 'apply', config: { ...config, generation: 6, backends: 1 } }),
  )
  await eventually(() => report()?.rejected?.generation === 6)
  expect(report()).toMatchObject({
    generation: 5,
    rejected: { reason: expect.stringMatching(/^this version can't read config.backends: ./) },
  })
  controlPlane.say({ type: 'apply', config: { ...config, generation: 7 } })
  await eventually(() => report()?.generation === 7)
  expect(report()?.rejected).toBeUndefined()
  expect(report()?.listeners).toHaveLength(1)
})

test('a removed load balancer is released, and its file deleted', async () => {
  const port = await applied()
  controlPlane.say({ type: 'remove', lb_id: config.lb_id })
  await eventually(() => node.has('release') && files().length === 0)
  await expect(body(port)).rejects.toThrow()
})

test('a node ends when it is stopped, and with its supervisor', async () => {
  await applied()
  node.process.kill('SIGINT')
  node.process.send({ type: 'stop' })
  expect(await node.exit()).toBe(0)
  node = new Supervised(apiUrl, dataDir)
  await eventually(() => node.has('ready'))
  node.process.disconnect()
  expect(await node.exit()).toBe(0)
})
