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

/** Listens on a port of every address of this machine, so that several servers can be had of one. */
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

const checked = (port: number, check: Partial<DesiredHealthCheck> = {}) =>
  new DraftChecks().run(draft(port, check))
const found = (up: boolean, reason: string) => ({
  servers: [{ address: TEST_ADDRESS, up, reason, latency_ms: expect.any(Number) }],
})

test('what answers, refuses, hangs, or answers otherwise', async () => {
  let asked = 0
  const origin = createHttpServer((_, response) => {
    asked += 1
    response.writeHead(500).end()
  })
  expect(await checked(await listen(silent()))).toEqual(found(true, 'connected'))
  expect(await checked(await freePort())).toEqual(found(false, 'connection refused'))
  const hangs = { kind: HTTP, timeout: 40 }
  expect(await checked(await listen(silent()), hangs)).toEqual(
    found(false, 'timed out after 40 ms without an answer'),
  )
  const port = await listen(origin)
  const failing = found(false, 'HTTP 500, expected 200')
  expect(await checked(port, { kind: HTTP })).toEqual(failing)
  // Once, and no more.
  expect(asked).toBe(1)
})

test('over TLS, where the server speaks none', async () => {
  const origin = createHttpServer((_, response) => response.end())
  const kind: DesiredCheckKind = { ...HTTP, type: 'https', sni: '' }
  expect(await checked(await listen(origin), { kind })).toEqual(
    found(false, 'TLS handshake failed: the answer is not TLS'),
  )
})

test('with the PROXY header, where the check is to begin with it', async () => {
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
  expect(await checked(await listen(origin), check)).toEqual(found(true, 'Redis answered'))
  expect(received).toBe('PROXY UNKNOWN\r\nPING\r\n')
})

test('no more at once than may be, in the order that was asked for', async () => {
  let unanswered = 0
  let most = 0
  const origin = createServer((socket) => {
    most = Math.max(most, ++unanswered)
    socket.on('error', () => {})
    setTimeout(() => {
      unanswered--
      socket.write('+PONG\r\n')
    }, 15)
  })
  const port = await listen(origin, '0.0.0.0')
  const servers = Array.from({ length: 9 }, (_, index) => `127.0.0.${index + 1}`)
  const { servers: all } = await new DraftChecks(3).run(
    draft(port, { kind: { type: 'redis' } }, servers),
  )
  expect(all.map(({ address, up }) => [address, up])).toEqual(servers.map((one) => [one, true]))
  expect(most).toBe(3)
})

test('nothing is left open when the node stops', async () => {
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
  await until(() => open === 0)
})
