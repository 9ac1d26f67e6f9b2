import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import {
  freePort,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
  untilStable,
} from '#lib/testing/runtime/running-lb.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function origin(
  handler: (socket: Socket) => void,
  port = 0,
  address = TEST_ADDRESS,
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    handler(socket)
  }).listen(port, address)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

function start(port: number, backend: Partial<DesiredBackend> = {}) {
  const running = runLb(testBackend(port, { protocol: 'tcp', ...backend }))
  cleanups.push(() => {
    running.lb.retire()
  })
  return running
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  socket.on('error', () => {})
  cleanups.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Resolves when the socket is closed, in order or not. */
const closed = (socket: Socket) =>
  new Promise<void>((resolve) => socket.on('close', () => resolve()))

const MEGABYTE = Buffer.from(
  Array.from({ length: 1 << 20 }, (_, index) => (index * 7 + (index >> 9)) & 255),
)

test('each direction ends by itself, and both are byte-exact', async () => {
  const port = await origin((socket) => {
    // Responds after the client's FIN.
    const received: Buffer[] = []
    socket.on('data', (chunk) => received.push(chunk))
    socket.on('end', () => socket.end(Buffer.concat([...received, ...received])))
  })
  const { port: frontend, lb } = start(port)
  const socket = await client(frontend)
  socket.end(MEGABYTE)
  expect((await buffer(socket)).equals(Buffer.concat([MEGABYTE, MEGABYTE]))).toBe(true)
  await until(() => lb.sessions === 0)
  const { counters, server_counters } = lb.report()
  expect(counters).toMatchObject({
    connections_total: 1,
    connections_current: 0,
    bytes_in: MEGABYTE.length,
    bytes_out: 2 * MEGABYTE.length,
  })
  expect(counters.latency.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect(Object.values(server_counters)[0]?.connections_current).toBe(0)
})

test('the server may end first', async () => {
  let received = ''
  const port = await origin((socket) => {
    socket.end('bye')
    socket.on('data', (chunk) => {
      received += chunk
    })
  })
  const { port: frontend } = start(port)
  const socket = await client(frontend)
  expect(String(await buffer(socket))).toBe('bye')
  socket.end('and you')
  await until(() => received === 'and you')
})

test('a reset is forwarded in both directions', async () => {
  const servers: Socket[] = []
  const resets: string[] = []
  const port = await origin((socket) => {
    servers.push(socket)
    socket.resume()
    socket.on('error', () => resets.push('server'))
  })
  const { port: frontend, lb } = start(port)
  await until(() => lb.report().servers[0]?.state === 'up')
  // The connections of health checks are not counted.
  servers.length = 0
  resets.length = 0

  const one = await client(frontend)
  one.write('x')
  await until(() => servers.length === 1)
  one.resetAndDestroy()
  await expect.poll(() => resets).toEqual(['server'])

  const two = await client(frontend)
  two.on('error', () => resets.push('client'))
  two.write('x')
  await until(() => servers.length === 2)
  servers[1]?.resetAndDestroy()
  await expect.poll(() => resets).toContain('client')
  await expect.poll(() => lb.sessions).toBe(0)
})

test('reading pauses while writing is blocked', async () => {
  let written = 0
  const size = 64 << 20
  const port = await origin((socket) => {
    const chunk = Buffer.alloc(65_536)
    const more = () => {
      for (let free = true; free && written < size; written += chunk.length) {
        free = socket.write(chunk)
      }
    }
    socket.on('drain', more)
    more()
  })
  const { port: frontend, lb } = start(port)
  await until(() => lb.report().servers[0]?.state === 'up')
  written = 0
  const socket = await client(frontend)
  socket.pause()
  await untilStable(() => written)
  expect(written).toBeLessThan(size / 2)
})

test('a refused connection is redispatched to another server', async () => {
  const port = await freePort()
  await origin((socket) => socket.end('here'), port, '127.0.63.2')
  const { port: frontend } = start(port, { servers: ['127.0.63.1', '127.0.63.2'] })
  for (let index = 0; index < 4; index += 1) {
    expect(String(await buffer(await client(frontend)))).toBe('here')
  }
})

test('without a server the connection is reset', async () => {
  const { port: frontend } = start(await freePort(), { servers: [] })
  const socket = connect({ host: TEST_ADDRESS, port: frontend })
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
})

test('a silent tunnel is closed at the timeout, and a busy one is not', async () => {
  const port = await origin((socket) => socket.pipe(socket))
  const timeouts = { connect: 1000, server: 100, tunnel: 250, queue: 1000 }
  const { port: frontend } = start(port, { timeouts })
  const silent = await client(frontend)
  const busy = await client(frontend)
  let echoes = 0
  busy.on('data', () => {
    echoes += 1
  })
  const talk = setInterval(() => busy.write('x'), 40)
  cleanups.push(() => clearInterval(talk))
  await closed(silent)
  // Longer than the tunnel timeout.
  await until(() => echoes >= 10)
  expect(busy.destroyed).toBe(false)
  clearInterval(talk)
  await closed(busy)
})

test('sessions of a server that is marked down are shut down, if configured', async () => {
  const port = await freePort()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
  }).listen(port, TEST_ADDRESS)
  cleanups.push(() => server.close())
  await once(server, 'listening')
  const health_check = { ...testBackend(port).health_check, delay: 20, transient_delay: 10 }
  const { port: frontend, lb } = start(port, { shutdown_sessions_when_down: true, health_check })
  const socket = await client(frontend)
  await until(() => lb.report().servers[0]?.state === 'up')
  server.close()
  await closed(socket)
  expect(lb.report().servers[0]?.state).toBe('down')
})

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const ADDRESSES = '7f0000017f000001'

test.each([
  ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nhi$/, 'latin1'],
  ['v2', new RegExp(`^${SIGNATURE}2111000c${ADDRESSES}[0-9a-f]{8}6869$`), 'hex'],
  [
    'v2_ssl',
    new RegExp(`^${SIGNATURE}21110014${ADDRESSES}[0-9a-f]{8}20000500000000016869$`),
    'hex',
  ],
] as const)(
  'PROXY protocol %s comes before the first byte',
  async (version, expected, encoding) => {
    const port = await origin((socket) => {
      const received: Buffer[] = []
      socket.on('data', (chunk) => received.push(chunk))
      socket.on('end', () => socket.end(Buffer.concat(received)))
    })
    const { port: frontend } = start(port, { proxy_protocol: version })
    const socket = await client(frontend)
    socket.end('hi')
    expect((await buffer(socket)).toString(encoding)).toMatch(expected)
  },
)
