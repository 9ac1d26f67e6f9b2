import { once } from 'node:events'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TEST_ADDRESS, type testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import {
  httpServer,
  startLb,
  tcpClient,
  tcpServer,
  unresponsiveServer,
} from '#lib/testing/runtime/sockets.ts'

/** Longer than any test. */
const LONG = 60_000
/** How late a busy machine may be. Milliseconds. */
const LATE_MAX = 15_000

const timeouts = (overrides: Partial<ReturnType<typeof testBackend>['timeouts']>) => ({
  timeouts: { connect: LONG, server: LONG, tunnel: LONG, queue: LONG, ...overrides },
})

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n'

/** Expects a promise to resolve about at a timeout. */
async function expectAfter(milliseconds: number, wait: Promise<unknown>): Promise<void> {
  const start = performance.now()
  await wait
  const elapsed = performance.now() - start
  expect(elapsed).toBeGreaterThan(milliseconds / 2)
  expect(elapsed).toBeLessThan(milliseconds + LATE_MAX)
}

/** Resolves when a socket is closed: in order, or by a reset. */
async function closing(socket: Socket): Promise<'reset' | 'closed'> {
  let end: 'reset' | 'closed' = 'closed'
  socket.on('error', () => {
    end = 'reset'
  })
  socket.on('end', () => socket.end())
  socket.resume()
  await new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return end
}

function every(milliseconds: number, act: () => void): void {
  const timer = setInterval(act, milliseconds)
  onTestFinished(() => clearInterval(timer))
}

describe('the client timeout', () => {
  const CLIENT = { client_timeout: 200 }

  test('closes a connection that never sends anything', async () => {
    const { port } = startLb(1, { servers: [], ...timeouts({}) }, CLIENT)
    const client = await tcpClient(port)
    await expectAfter(CLIENT.client_timeout, closing(client))
  })

  test('closes an idle connection, and restarts with each request', async () => {
    const server = await httpServer((_, response) => response.end('ok'))
    const { port } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    let responses = 0
    client.on('data', (chunk) => {
      responses += String(chunk).split('HTTP/1.1 200').length - 1
    })
    const start = performance.now()
    for (let sent = 1; performance.now() - start < 2 * CLIENT.client_timeout; sent += 1) {
      client.write(GET)
      await until(() => responses === sent)
    }
    await expectAfter(CLIENT.client_timeout, closing(client))
  })

  test('responds with 408 to a body that stops, and the server gets no complete request', async () => {
    let whole = false
    let broken = false
    const server = await httpServer((request) => {
      request.on('end', () => {
        whole = true
      })
      request.on('error', () => {
        broken = true
      })
      request.resume()
    })
    const { port } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    client.write(`${POST}some`)
    await expectAfter(
      CLIENT.client_timeout,
      text(client).then((response) => expect(response).toMatch(/^HTTP\/1\.1 408 /)),
    )
    await until(() => broken)
    expect(whole).toBe(false)
  })

  test('does not end a slow body that keeps arriving', async () => {
    let received = 0
    const server = await httpServer((request) => {
      request.on('data', (chunk) => {
        received += chunk.length
      })
      request.on('error', () => {})
    })
    const { port } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    client.write(POST)
    every(40, () => client.write('x'))
    await until(() => received > 15)
    expect(client.destroyed).toBe(false)
  })

  test('resets a client that does not read its response', async () => {
    const server = await httpServer((_, response) => {
      response.end(Buffer.alloc(32 << 20))
    })
    const { port, lb } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    client.pause()
    client.write(GET)
    await expectAfter(
      CLIENT.client_timeout,
      until(() => lb.report().counters.aborted === 1),
    )
    expect(await closing(client)).toBe('reset')
  })
})

describe('the server timeout', () => {
  test('aborts a response that stops', async () => {
    const server = await httpServer((_, response) => response.write('some'))
    const { port } = startLb(server.port, timeouts({ server: 200 }))
    const client = await tcpClient(port)
    client.write(GET)
    const [start] = (await once(client, 'data')) as [Buffer]
    expect(String(start)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await closing(client)).toBe('reset')
  })

  test('does not end a slow response that keeps arriving', async () => {
    const server = await httpServer((_, response) => every(40, () => response.write('x')))
    const { port } = startLb(server.port, timeouts({ server: 200 }))
    const client = await tcpClient(port)
    let received = 0
    client.on('data', (chunk) => {
      received += chunk.length
    })
    client.write(GET)
    await until(() => received > 200)
    expect(client.destroyed).toBe(false)
  })

  test('does not run while the client is sending', async () => {
    let received = 0
    const server = await httpServer((request, response) => {
      request.on('data', (chunk) => {
        received += chunk.length
      })
      request.on('end', () => response.end('complete'))
    })
    const { port } = startLb(server.port, timeouts({ server: 150 }))
    const client = await tcpClient(port)
    const size = 12
    client.write(
      `POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`,
    )
    // For longer than the server timeout.
    for (let sent = 1; sent < size; sent += 1) {
      setTimeout(() => client.write('x'), 40 * sent)
    }
    await until(() => received === size - 1)
    client.write('x')
    expect(await text(client)).toMatch(/^HTTP\/1\.1 200 .*complete$/s)
  })

  test('closes a TCP connection to a silent server, as does a shorter client timeout', async () => {
    const port = await tcpServer((socket) => socket.resume())
    for (const [server, client_timeout] of [
      [200, LONG],
      [LONG, 200],
    ] as const) {
      const running = startLb(
        port,
        { protocol: 'tcp', ...timeouts({ server }) },
        { client_timeout },
      )
      const client = await tcpClient(running.port)
      client.write('hello')
      await expectAfter(200, closing(client))
    }
  })
})

describe('the connect timeout', () => {
  const CONNECT = 200

  test('results in 504', async () => {
    const port = await unresponsiveServer()
    const backend = { max_retries: 0, ...timeouts({ connect: CONNECT }) }
    // Until its first check ends, a server counts as available.
    const { port: frontend } = startLb(port, backend)
    const client = await tcpClient(frontend)
    client.write(GET)
    await expectAfter(
      CONNECT,
      once(client, 'data').then(([response]) =>
        expect(String(response)).toMatch(/^HTTP\/1\.1 504 /),
      ),
    )
  })

  test('resets a TCP client', async () => {
    const port = await unresponsiveServer()
    const backend = { protocol: 'tcp' as const, max_retries: 0, ...timeouts({ connect: CONNECT }) }
    const client = await tcpClient(startLb(port, backend).port)
    await expectAfter(
      CONNECT,
      closing(client).then((end) => expect(end).toBe('reset')),
    )
  })

  test('redispatches to another server', async () => {
    const unresponsive = '127.0.59.1'
    const port = await unresponsiveServer(unresponsive)
    await httpServer((_, response) => response.end('ok'), { address: TEST_ADDRESS, port })
    const { port: frontend } = startLb(port, {
      servers: [unresponsive, TEST_ADDRESS],
      algorithm: 'first',
      max_retries: 1,
      ...timeouts({ connect: CONNECT }),
    })
    const fetched = fetch(`http://${TEST_ADDRESS}:${frontend}/`)
    await expectAfter(
      CONNECT,
      fetched.then(async (response) => expect(await response.text()).toBe('ok')),
    )
  })
})

describe('the tunnel timeout', () => {
  const UPGRADE = 'Connection: Upgrade\r\nUpgrade: test\r\n\r\n'

  test('replaces the other timeouts after an upgrade, and restarts with data of either side', async () => {
    let upgraded: Socket | undefined
    const port = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`)
        upgraded = socket
      })
    })
    const short = timeouts({ server: 100, tunnel: 300 })
    const { port: frontend } = startLb(port, short, { client_timeout: 100 })
    const client = await tcpClient(frontend)
    client.write(`GET / HTTP/1.1\r\nHost: test\r\n${UPGRADE}`)
    let received = ''
    client.on('data', (chunk) => {
      received += chunk
    })
    await until(() => received.includes('101'))
    // Only the server sends, for longer than the tunnel timeout.
    const sending = setInterval(() => upgraded?.write('.'), 50)
    onTestFinished(() => clearInterval(sending))
    await until(() => received.endsWith('.'.repeat(10)))
    clearInterval(sending)
    await expectAfter(
      300,
      closing(client).then((end) => expect(end).toBe('reset')),
    )
  })
})
