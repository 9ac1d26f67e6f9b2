import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DraftCheck } from '#lib/core/draft-check.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { credentialOf } from '#lib/testing/control-plane/test-nodes.ts'
import { testNodeSettings } from '#lib/testing/node/node-process.ts'

// A control plane and two nodes as processes, with servers of every protocol.

const ROOT = join(import.meta.dirname, '../../../..')
const [GOOD, FAILING, HANGING, CLOSED] = ['127.0.2.1', '127.0.2.2', '127.0.2.3', '127.0.2.4']

let controlPlane: RunningControlPlane
let a: ChildProcess
let b: ChildProcess
let port: number
const servers: Server[] = []
const hanging = createServer((socket) => socket.on('error', () => {}))

function runNode(name: NodeName): ChildProcess {
  const dataDir = join(dirname(controlPlane.settings.databaseFile), 'data')
  const settings = {
    ...testNodeSettings(controlPlane.url, dataDir),
    node: name,
    credential: credentialOf(name),
  }
  return spawn(join(ROOT, 'node_modules/.bin/node'), ['lib/node/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      ...settingsVariable(NodeSettings, settings),
    },
  })
}

async function listen(server: Server, address: string, port = 0): Promise<number> {
  server.listen(port, address)
  await once(server, 'listening')
  servers.push(server)
  return (server.address() as AddressInfo).port
}

const answering = (status: number) =>
  createHttpServer((_request, response) => response.writeHead(status).end())

beforeAll(async () => {
  controlPlane = await runControlPlane()
  port = await listen(answering(200), GOOD)
  await listen(answering(500), FAILING, port)
  await listen(hanging, HANGING, port)
})

afterAll(async () => {
  const children = [a, b].filter((child) => child?.exitCode === null && child.signalCode === null)
  const ends = children.map((child) => once(child, 'exit'))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(ends)
  for (const server of servers) server.close()
  await controlPlane.stop()
})

function check(changes: object = {}): Promise<{ status: number; body: DraftCheck }> {
  return controlPlane.call('POST', '/fairlead/v1/draft-checks', {
    region: 'fr-par',
    forward_port: port,
    server_ip: [GOOD, FAILING, HANGING, CLOSED],
    health_check: {
      port,
      check_max_retries: 3,
      check_timeout: 300,
      http_config: { uri: '/' },
      ...changes,
    },
  })
}

const found = (address: string, up: boolean, reason: string) => ({
  address,
  up,
  reason,
  latency_ms: expect.any(Number),
})

test('both nodes report their outcomes; a stopped node is listed as missing', async () => {
  // A check that is requested while the nodes start is run, if they connect in time.
  a = runNode('fr-par-a')
  b = runNode('fr-par-b')
  await expect
    .poll(async () => (await check()).body.instances.map(({ problem }) => problem))
    .toEqual([null, null])
  const { body } = await check()
  const expected = [
    found(GOOD, true, 'HTTP 200'),
    found(FAILING, false, 'HTTP 500, expected 200'),
    found(HANGING, false, 'timed out after 300 ms without a response'),
    found(CLOSED, false, 'connection refused'),
  ]
  expect(body.instances).toEqual([
    { cluster: 'a', problem: null, servers: expected },
    { cluster: 'b', problem: null, servers: expected },
  ])

  const over = await check({ http_config: null, https_config: { uri: '/' } })
  const reason = 'TLS handshake failed: the response is not TLS'
  expect(over.body.instances[0]?.servers[0]).toMatchObject({ reason })

  // One node is killed during a check, and is missing in the next one.
  const asked = check({ check_timeout: 4000 })
  await once(hanging, 'connection')
  a.kill('SIGKILL')
  const { instances } = (await asked).body
  expect(instances[0]).toEqual({
    cluster: 'a',
    problem: 'The node on cluster a stopped during the test.',
    servers: [],
  })
  expect(instances[1]?.problem).toBeNull()
  const away = (await check()).body.instances
  expect(away.map(({ problem }) => problem)).toEqual([
    'The node on cluster a is not running.',
    null,
  ])
})
