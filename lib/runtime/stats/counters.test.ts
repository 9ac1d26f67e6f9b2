import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import {
  freePort,
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'

const ADDRESSES = ['127.0.62.1', '127.0.62.2']

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function webServer(address: string, port: number, listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(port, address)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
}

function start(port: number, backend: Partial<DesiredBackend>): RunningLb {
  const running = runLb(testBackend(port, backend))
  cleanups.push(() => running.lb.retire())
  return running
}

const get = async (port: number) => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()

function backendCounters({ lb }: RunningLb): LbReport['backend_counters'][string] {
  const [counters] = Object.values(lb.report().backend_counters)
  if (!counters) throw new Error('no backend')
  return counters
}

test('retries and redispatches are counted', async () => {
  const port = await freePort()
  await webServer(ADDRESSES[1] as string, port, (_, response) => response.end('ok'))
  const running = start(port, { servers: ADDRESSES, algorithm: 'first', max_retries: 2 })
  // No retry if the first check has marked the server down already.
  expect(await get(running.port)).toBe('ok')
  const { retries, redispatches, connect_failures } = backendCounters(running)
  expect(retries).toBe(connect_failures)
  expect(redispatches).toBe(Math.min(retries, 1))
})

test('queued clients and queue timeouts are counted', async () => {
  const port = await freePort()
  const pending: (() => void)[] = []
  await webServer(TEST_ADDRESS, port, (_, response) => pending.push(() => response.end('ok')))
  const timeouts = { connect: 1000, server: 5000, tunnel: 5000, queue: 100 }
  const running = start(port, { max_connections: 1, timeouts })
  const first = get(running.port)
  await until(() => pending.length === 1)
  const others = [get(running.port), get(running.port)]
  await until(() => backendCounters(running).queue_current === 2)
  expect(await Promise.all(others)).toEqual(
    expect.arrayContaining([expect.stringContaining('503')]),
  )
  pending[0]?.()
  expect(await first).toBe('ok')
  expect(backendCounters(running)).toMatchObject({
    queue_current: 0,
    queue_max: 2,
    queue_timeouts: 2,
  })
})

test('the counters of a removed server stay with its backend', async () => {
  const port = await freePort()
  for (const address of ADDRESSES) {
    await webServer(address, port, (_, response) => response.end('ok'))
  }
  const running = start(port, { servers: ADDRESSES })
  for (let index = 0; index < 6; index += 1) await get(running.port)
  const before = backendCounters(running)
  expect(before).toMatchObject({ requests_total: 6, responses: [0, 6, 0, 0, 0] })
  expect(before.latency_sum_ms).toBeGreaterThan(0)
  const [backend] = running.lb.config.backends as [DesiredBackend]
  running.change({ backends: [{ ...backend, servers: ADDRESSES.slice(0, 1) }] })
  expect(Object.keys(running.lb.report().server_counters)).toHaveLength(1)
  expect(backendCounters(running)).toEqual(before)
})

test('bad requests are counted separately from other errors of the proxy', async () => {
  const running = start(await freePort(), { servers: [] })
  await get(running.port)
  const socket = connect(running.port, TEST_ADDRESS)
  socket.end('nonsense\r\n\r\n')
  await once(socket.resume(), 'close')
  const [counters] = Object.values(running.lb.report().frontend_counters)
  expect(counters).toMatchObject({ proxy_errors: 2, bad_requests: 1, responses: [0, 0, 0, 1, 1] })
})
