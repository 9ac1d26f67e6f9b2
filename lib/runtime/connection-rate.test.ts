import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A load balancer of this rate in front of a server that greets. */
async function start(rate: number): Promise<RunningLb> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write('hello')
  }).listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const backend = testBackend(port, { protocol: 'tcp' })
  const running = runLb(backend, { connection_rate_limit: rate })
  cleanups.push(() => {
    running.lb.retire()
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return running
}

/** Clients that connect at once, and how each fared. */
function clients(port: number, count: number) {
  const outcomes = { greeted: 0, reset: 0 }
  for (let index = 0; index < count; index += 1) {
    const socket = connect(port, TEST_ADDRESS)
    socket.once('data', () => {
      outcomes.greeted += 1
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') outcomes.reset += 1
    })
    cleanups.push(() => socket.destroy())
  }
  return outcomes
}

function countersOf({ lb }: RunningLb): LbReport['frontend_counters'][string] {
  const [counters] = Object.values(lb.report().frontend_counters)
  if (!counters) throw new Error('no frontend')
  return counters
}

test("a second's worth comes in at once, as much waits, and the rest is reset", async () => {
  const rate = 20
  const running = await start(rate)
  const startedAt = performance.now()
  const outcomes = clients(running.port, 100)
  await until(() => outcomes.greeted + outcomes.reset === 100)
  const seconds = (performance.now() - startedAt) / 1000
  const { connections_total, rate_delayed, rate_refused } = countersOf(running)
  expect(outcomes).toEqual({ greeted: connections_total, reset: rate_refused })
  // Those of one second wait at least that long together, and no more get in than tokens have come.
  expect(outcomes.greeted).toBeGreaterThanOrEqual(2 * rate)
  expect(outcomes.greeted).toBeLessThanOrEqual(rate * (seconds + 1))
  expect(rate_delayed).toBeGreaterThanOrEqual(rate)
  expect(rate_refused).toBeGreaterThan(0)
})

test('below the rate nothing waits', async () => {
  const running = await start(50)
  const outcomes = clients(running.port, 50)
  await until(() => outcomes.greeted === 50)
  expect(countersOf(running)).toMatchObject({ rate_delayed: 0, rate_refused: 0 })
})

test('who waits gets in when the limit goes, or the frontend', async () => {
  const running = await start(1)
  const outcomes = clients(running.port, 2)
  await until(() => countersOf(running).rate_delayed === 1)
  const [frontend] = running.lb.config.frontends
  if (!frontend) throw new Error('no frontend')
  running.change({ frontends: [{ ...frontend, connection_rate_limit: null }] })
  // At once, not when the next connection would have been admitted.
  expect(countersOf(running).connections_total).toBe(2)
  await until(() => outcomes.greeted === 2)

  const last = await start(1)
  const two = clients(last.port, 2)
  await until(() => countersOf(last).rate_delayed === 1)
  last.lb.retire()
  expect(countersOf(last).connections_total).toBe(2)
  await until(() => two.greeted === 2)
})
