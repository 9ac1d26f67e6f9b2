import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const REFUSING = '127.0.58.1'
const SERVING = '127.0.58.2'

/**
 * A load balancer whose first server refuses all connections. Health checks use another port, where both servers accept connections, so
 * that neither is marked down.
 */
async function startHalf(backend: Partial<DesiredBackend>, servers = [REFUSING, SERVING]) {
  const port = await freePort()
  const response = Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
  )
  await tcpServer((socket) => socket.end(response), { address: SERVING, port })
  const checked = await tcpServer((socket) => socket.end(), { address: '0.0.0.0' })
  const { health_check } = testBackend(checked)
  const running = startLb(port, { servers, algorithm: 'first', health_check, ...backend })
  await until(() => running.lb.report().servers.every(({ state }) => state === 'up'))
  return running
}

const modes = (['http', 'tcp'] as const).map((protocol) => ({ protocol }))

async function send(port: number): Promise<string> {
  const socket = await tcpClient(port)
  socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n')
  return (await text(socket).catch(String)).split('\r\n')[0] ?? ''
}

const OK = 'HTTP/1.1 200 OK'

test.each(
  modes.flatMap((mode) => [
    // The last retry is redispatched, unless an earlier one is.
    { ...mode, max_retries: 1, redispatch_after: null, refused: 1 },
    { ...mode, max_retries: 3, redispatch_after: null, refused: 3 },
    { ...mode, max_retries: 3, redispatch_after: 1, refused: 1 },
    { ...mode, max_retries: 3, redispatch_after: 2, refused: 2 },
  ]),
)(
  '$protocol, $max_retries retries, redispatch after $redispatch_after: $refused attempts are lost on a server that refuses',
  async ({ refused, ...backend }) => {
    const { port, lb } = await startHalf(backend)
    expect(await send(port)).toBe(OK)
    const { counters, server_counters } = lb.report()
    expect(counters.connect_failures).toBe(refused)
    expect(counters.proxy_errors).toBe(0)
    const servers = lb.config.backends[0]?.servers ?? []
    expect(servers).toEqual([REFUSING, SERVING])
    const failures = Object.values(server_counters).map((it) => it.connect_failures)
    expect(failures.sort()).toEqual([0, refused])
  },
)

test.each([
  ['http', /^HTTP\/1\.1 503 /],
  ['tcp', /ECONNRESET/],
] as const)('%s: without retries the first refusal is final', async (protocol, expected) => {
  const { port, lb } = await startHalf({ protocol, max_retries: 0 })
  expect(await send(port)).toMatch(expected)
  expect(lb.report().counters.connect_failures).toBe(1)
})

test.each([
  ['http', /^HTTP\/1\.1 503 /],
  ['tcp', /ECONNRESET/],
] as const)('%s: where all servers refuse, retries end', async (protocol, expected) => {
  const { port, lb } = await startHalf({ protocol, max_retries: 2 }, [REFUSING, '127.0.58.3'])
  expect(await send(port)).toMatch(expected)
  expect(lb.report().counters.connect_failures).toBe(3)
})

test.each(modes)('$protocol: the only server is retried until it is back', async (mode) => {
  const { port, lb } = await startHalf({ ...mode, max_retries: 3 }, [REFUSING])
  const requests = send(port)
  await until(() => lb.report().counters.connect_failures > 0)
  const serverPort = lb.config.backends[0]?.port ?? 0
  const server = createServer((socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    socket.on('error', () => {})
  }).listen(serverPort, REFUSING)
  onTestFinished(() => {
    server.close()
  })
  expect(await requests).toBe(OK)
})

test('a request body is forwarded byte-exact after retries', async () => {
  const port = await freePort()
  const bodies: string[] = []
  await httpServer(
    async (request, response) => {
      bodies.push(await text(request))
      response.end('received')
    },
    { address: SERVING, port },
  )
  const checked = await tcpServer((socket) => socket.end(), { address: '0.0.0.0' })
  const { health_check } = testBackend(checked)
  const servers = [REFUSING, SERVING]
  const { port: frontend } = startLb(port, { servers, algorithm: 'first', health_check })
  const body = 'all of it '.repeat(50_000)
  for (let request = 1; request <= 5; request += 1) {
    const init = { method: 'POST', body }
    const response = await fetch(`http://${TEST_ADDRESS}:${frontend}/`, init)
    expect(await response.text()).toBe('received')
  }
  expect(bodies.every((received) => received === body)).toBe(true)
  expect(bodies).toHaveLength(5)
})
