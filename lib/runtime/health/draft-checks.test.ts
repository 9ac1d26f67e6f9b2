import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type {
  DesiredCheckKind,
  DesiredDraft,
  DesiredHealthCheck,
} from '#lib/protocol/desired-config.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { DraftChecks } from './draft-checks.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function listen(server: Server, host = TEST_ADDRESS): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const HTTP: DesiredCheckKind = { type: 'http', method: 'GET', uri: '/up', code: 200, host: '' }
const silent = () => createServer((socket) => socket.on('error', () => {}))

function draft(
  port: number,
  check: Partial<DesiredHealthCheck>,
  servers = [TEST_ADDRESS],
): DesiredDraft {
  const { health_check, proxy_protocol, tls } = testBackend(port)
  return { servers, health_check: { ...health_check, ...check }, proxy_protocol, tls }
}

const runCheck = (port: number, check: Partial<DesiredHealthCheck> = {}) =>
  new DraftChecks().run(draft(port, check))
const reportOf = (up: boolean, reason: string) => ({
  servers: [{ address: TEST_ADDRESS, up, reason, latency_ms: expect.any(Number) }],
})

test('a server that accepts, refuses, hangs, or responds with another status', async () => {
  let requests = 0
  const origin = createHttpServer((_, response) => {
    requests += 1
    response.writeHead(500).end()
  })
  expect(await runCheck(await listen(silent()))).toEqual(reportOf(true, 'connected'))
  expect(await runCheck(await freePort())).toEqual(reportOf(false, 'connection refused'))
  const hangs = { kind: HTTP, timeout: 40 }
  expect(await runCheck(await listen(silent()), hangs)).toEqual(
    reportOf(false, 'timed out after 40 ms without a response'),
  )
  const port = await listen(origin)
  const failing = reportOf(false, 'HTTP 500, expected 200')
  expect(await runCheck(port, { kind: HTTP })).toEqual(failing)
  expect(requests).toBe(1)
})

test('an HTTPS check of a server without TLS fails', async () => {
  const origin = createHttpServer((_, response) => response.end())
  const kind: DesiredCheckKind = { ...HTTP, type: 'https', sni: '' }
  expect(await runCheck(await listen(origin), { kind })).toEqual(
    reportOf(false, 'TLS handshake failed: the response is not TLS'),
  )
})

test('a check with send_proxy starts with a PROXY header', async () => {
  let received = ''
  const origin = createServer((socket) =>
    socket
      .on('error', () => {})
      .on('data', (data) => {
        received += data
        socket.write('+PONG\r\n')
      }),
  )
  const check = { kind: { type: 'redis' } as const, send_proxy: true }
  expect(await runCheck(await listen(origin), check)).toEqual(reportOf(true, 'Redis responded'))
  expect(received).toBe('PROXY UNKNOWN\r\nPING\r\n')
})

test('the number of concurrent checks is limited, and results are in the order of the servers', async () => {
  let pending = 0
  let maxPending = 0
  const origin = createServer((socket) => {
    maxPending = Math.max(maxPending, ++pending)
    socket.on('error', () => {})
    setTimeout(() => {
      pending--
      socket.write('+PONG\r\n')
    }, 15)
  })
  const port = await listen(origin, '0.0.0.0')
  const servers = Array.from({ length: 9 }, (_, index) => `127.0.0.${index + 1}`)
  const { servers: results } = await new DraftChecks(3).run(
    draft(port, { kind: { type: 'redis' } }, servers),
  )
  expect(results.map(({ address, up }) => [address, up])).toEqual(servers.map((one) => [one, true]))
  expect(maxPending).toBe(3)
})

test('stopping closes all connections', async () => {
  let open = 0
  const origin = createServer((socket) => {
    open += 1
    socket.on('error', () => {}).on('close', () => open--)
  })
  const checks = new DraftChecks(1)
  const port = await listen(origin)
  void checks.run(draft(port, { kind: HTTP, timeout: 60_000 }, [TEST_ADDRESS, TEST_ADDRESS]))
  await until(() => open === 1)
  checks.stop()
  await expect.poll(() => open).toBe(0)
})
