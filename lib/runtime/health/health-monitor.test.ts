import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { DesiredCheckKind, DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'
import { HealthMonitor } from './health-monitor.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function listen(server: NetServer, port = 0): Promise<number> {
  server.listen(port, TEST_ADDRESS)
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const HTTP: DesiredCheckKind = { type: 'http', method: 'GET', uri: '/up?x=1', code: 200, host: '' }

function startMonitor(port: number, check: Partial<DesiredHealthCheck>) {
  const backend = testBackend(port)
  const health_check = { ...backend.health_check, delay: 20, transient_delay: 10, ...check }
  const config = { ...backend, health_check }
  const server = new Server(config.id, TEST_ADDRESS, port)
  const states: string[] = []
  const monitor = new HealthMonitor(server, config)
  monitor.start(config, ({ state }) => {
    if (state) states.push(server.state)
  })
  cleanups.push(() => monitor.stop())
  return { server, monitor, states, config }
}

test('a server that refuses connections is marked down with a reason, and up again once it listens', async () => {
  const first = createServer((socket) => socket.on('error', () => {}))
  const port = await listen(first)
  const { server, monitor, states } = startMonitor(port, {})
  await until(() => server.state === 'up')
  first.close()
  await until(() => server.state === 'down')
  expect(monitor.observed()).toMatchObject({ state: 'down', reason: 'connection refused' })
  await listen(
    createServer((socket) => socket.on('error', () => {})),
    port,
  )
  await until(() => server.state === 'up')
  expect(states).toEqual(['up', 'down', 'up'])
})

test('HTTP: the status, path and Host are as configured', async () => {
  let status = 200
  const requests: string[] = []
  const origin = createHttpServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.host}`)
    response.writeHead(status).end()
  })
  const port = await listen(origin)
  const { server, monitor } = startMonitor(port, { kind: HTTP })
  await until(() => server.state === 'up')
  expect(monitor.observed().reason).toBe('HTTP 200')
  expect(requests[0]).toBe(`GET /up?x=1 ${TEST_ADDRESS}:${port}`)
  status = 500
  await until(() => server.state === 'down')
  expect(monitor.observed().reason).toBe('HTTP 500, expected 200')
})

test('a check of a server that never responds times out', async () => {
  const port = await listen(createServer((socket) => socket.on('error', () => {})))
  const { server, monitor } = startMonitor(port, { kind: HTTP, timeout: 50 })
  await until(() => server.state === 'down')
  expect(monitor.observed().reason).toBe('timed out after 50 ms without a response')
})

test('a changed check runs at once, and the state stays until it ends', async () => {
  const port = await listen(createHttpServer((_, response) => response.writeHead(204).end()))
  const { server, monitor, config } = startMonitor(port, { delay: 60_000 })
  await until(() => server.state === 'up')
  const health_check = { ...config.health_check, kind: HTTP }
  monitor.update({ ...config, health_check })
  expect(server.state).toBe('up')
  await until(() => server.state === 'down')
  expect(monitor.observed().reason).toBe('HTTP 204, expected 200')
})
