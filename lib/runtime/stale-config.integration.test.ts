import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend, DesiredConfig } from '#lib/protocol/desired-config.ts'
import { ControlPlane, eventually, NODE, Supervised } from '#lib/testing/node/node-process.ts'
import {
  bindHandle,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'

// A stored configuration that the current API would refuse, on a real node: it is reported, and no other load balancer is affected.

const HTTP = { type: 'http', method: 'GET', uri: '/', code: 200, host: '' } as const

const PROBLEMS = [
  'The health check of backend "typo" can\'t run: its path is neither a path nor a URL. Correct it.',
  'The health check of backend "lines" can\'t run: its Host is not a host name. Correct it.',
  'Backend "lines" has no sticky sessions: its cookie name is invalid.',
  'Backend "lines" passes the client\'s Host on: the configured host is not a host name.',
  'Backend "lines" has no failover host: the configured one is not a host name.',
]

/** Two load balancers with the same server: a stale one, and a valid one. */
function configs(server: number, port: number): { stale: DesiredConfig; other: DesiredConfig } {
  const backend = (name: string, changes: Partial<DesiredBackend>) =>
    testBackend(server, { name, ...changes })
  const check = (kind: DesiredBackend['health_check']['kind']) => ({
    health_check: { ...testBackend(server).health_check, delay: 50, retries: 1, kind },
  })
  const stale = [
    backend('typo', check({ ...HTTP, uri: 'http://<server>/health' })),
    backend('lines', {
      ...check({ ...HTTP, host: 'x\u010d\u010aX-Injected:yes' }),
      sticky: { type: 'cookie', name: 'a\u010d\u010ab', nocache: true },
      host: 'x\r\nX-Injected: yes',
      failover_host: 'x\r\nX-Injected: yes',
    }),
  ]
  const web = backend('web', check(HTTP))
  return {
    stale: testConfig([], stale),
    other: testConfig([testFrontend(port, web)], [web]),
  }
}

async function start() {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-stale-'))
  const heads: string[] = []
  const origin = createServer((request, response) => {
    heads.push(request.rawHeaders.join('\n'))
    response.end('served')
  }).listen(0, TEST_ADDRESS)
  await once(origin, 'listening')
  const { handle, port } = bindHandle(TEST_ADDRESS)
  handle.close()
  const controlPlane = new ControlPlane()
  const apiUrl = await controlPlane.listen()
  onTestFinished(() => {
    controlPlane.close()
    origin.close()
    rmSync(dataDir, { recursive: true })
  })
  const run = () => {
    const node = new Supervised(apiUrl, dataDir)
    onTestFinished(async () => {
      node.process.kill('SIGKILL')
      await node.exit()
    })
    return node
  }
  return {
    ...configs((origin.address() as AddressInfo).port, port),
    ...{ dataDir, heads, controlPlane, run },
  }
}

type Started = Awaited<ReturnType<typeof start>>

/** The stale one is reported with reasons, and the other one keeps serving. */
async function expectContained({ stale, other, controlPlane, heads }: Started, node: Supervised) {
  const report = (config: DesiredConfig) => controlPlane.reports.get(1)?.get(config.lb_id)
  const port = await node.serve(other)
  await eventually(() => report(other)?.servers[0]?.state === 'up')
  await eventually(() => report(stale)?.servers.every(({ state }) => state === 'down') ?? false)
  expect(report(stale)?.problems).toEqual(PROBLEMS)
  expect(report(stale)?.servers.map(({ reason }) => reason)).toEqual([
    'The check could not run: its path is neither a path nor a URL',
    'The check could not run: its Host is not a host name',
  ])
  await eventually(() =>
    fetch(`http://${TEST_ADDRESS}:${port}/`).then(
      async (response) => (await response.text()) === 'served',
      () => false,
    ),
  )
  expect(report(other)?.problems).toEqual([])
  expect(heads.join('\n')).not.toMatch(/X-Injected/i)
  expect(node.process.exitCode ?? node.process.signalCode).toBeNull()
}

test('sent by a control plane', async () => {
  const started = await start()
  const node = started.run()
  await eventually(() => started.controlPlane.hellos.length > 0)
  started.controlPlane.say({ type: 'apply', config: started.stale })
  started.controlPlane.say({ type: 'apply', config: started.other })
  await expectContained(started, node)
})

test('on the node’s own disk', async () => {
  const started = await start()
  const kept = join(started.dataDir, 'nodes', NODE)
  mkdirSync(kept, { recursive: true })
  for (const config of [started.stale, started.other]) {
    writeFileSync(join(kept, `${config.lb_id}.json`), JSON.stringify(config))
  }
  await expectContained(started, started.run())
})
