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

/** Longer than any of these waits. */
const LONG = 60_000
/** For a busy machine, late by so much; what it measures from may be late as well. */
const ROOM_MS = 15_000

const timeouts = (some: Partial<ReturnType<typeof testBackend>['timeouts']>) => ({
  timeouts: { connect: LONG, server: LONG, tunnel: LONG, queue: LONG, ...some },
})

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n'

/** Checks that something takes as long as a timeout says. */
async function takes(milliseconds: number, wait: Promise<unknown>): Promise<void> {
  const from = performance.now()
  await wait
  const elapsed = performance.now() - from
  expect(elapsed).toBeGreaterThan(milliseconds / 2)
  expect(elapsed).toBeLessThan(milliseconds + ROOM_MS)
}

/** Resolves when it is closed, and says how. */
async function closing(socket: Socket): Promise<'reset' | 'closed'> {
  let how: 'reset' | 'closed' = 'closed'
  socket.on('error', () => {
    how = 'reset'
  })
  socket.on('end', () => socket.end())
  socket.resume()
  await new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return how
}

function every(milliseconds: number, act: () => void): void {
  const timer = setInterval(act, milliseconds)
  onTestFinished(() => clearInterval(timer))
}

describe('the client timeout', () => {
  const CLIENT = { client_timeout: 200 }

  test('ends a connection that never says anything', async () => {
    const { port } = startLb(1, { servers: [], ...timeouts({}) }, CLIENT)
    const client = await tcpClient(port)
    await takes(CLIENT.client_timeout, closing(client))
  })

  test('ends a connection that says nothing more, and runs anew with each request', async () => {
    const server = await httpServer((_, response) => response.end('ok'))
    const { port } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    let answers = 0
    client.on('data', (chunk) => {
      answers += String(chunk).split('HTTP/1.1 200').length - 1
    })
    for (let request = 1; request <= 4; request += 1) {
      client.write(GET)
      await until(() => answers === request)
      if (request < 4) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await takes(CLIENT.client_timeout, closing(client))
  })

  test('answers 408 to a body that stops, and the server does not get a whole request', async () => {
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
    await takes(
      CLIENT.client_timeout,
      text(client).then((answer) => expect(answer).toMatch(/^HTTP\/1\.1 408 /)),
    )
    await until(() => broken)
    expect(whole).toBe(false)
  })

  test('lets a body take its time that goes on coming', async () => {
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

  test('resets a client that does not read its answer', async () => {
    const server = await httpServer((_, response) => {
      response.end(Buffer.alloc(32 << 20))
    })
    const { port, lb } = startLb(server.port, timeouts({}), CLIENT)
    const client = await tcpClient(port)
    client.pause()
    client.write(GET)
    await takes(
      CLIENT.client_timeout,
      until(() => lb.report().counters.aborted === 1),
    )
    expect(await closing(client)).toBe('reset')
  })
})

describe('the server timeout', () => {
  test('breaks off an answer that stops', async () => {
    const server = await httpServer((_, response) => response.write('some'))
    const { port } = startLb(server.port, timeouts({ server: 200 }))
    const client = await tcpClient(port)
    client.write(GET)
    const [beginning] = (await once(client, 'data')) as [Buffer]
    expect(String(beginning)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await closing(client)).toBe('reset')
  })

  test('lets an answer take its time that goes on coming', async () => {
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

  test('does not run while the client still sends', async () => {
    const server = await httpServer((request, response) => {
      request.resume().on('end', () => response.end('all of it'))
    })
    const { port } = startLb(server.port, timeouts({ server: 150 }))
    const client = await tcpClient(port)
    client.write('POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 2\r\n\r\n1')
    await new Promise((resolve) => setTimeout(resolve, 300))
    client.write('2')
    expect(await text(client)).toMatch(/^HTTP\/1\.1 200 .*all of it$/s)
  })

  test('ends a TCP stream whose server stays silent, the client timeout too if it is less', async () => {
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
      client.write('are you there')
      await takes(200, closing(client))
    }
  })
})

describe('the connect timeout', () => {
  const CONNECT = 200

  test('is answered 504', async () => {
    const port = await unresponsiveServer()
    const backend = { max_retries: 0, ...timeouts({ connect: CONNECT }) }
    // Until its first check ends, a server counts as available.
    const { port: frontend } = startLb(port, backend)
    const client = await tcpClient(frontend)
    client.write(GET)
    await takes(
      CONNECT,
      once(client, 'data').then(([answer]) => expect(String(answer)).toMatch(/^HTTP\/1\.1 504 /)),
    )
  })

  test('resets a TCP client', async () => {
    const port = await unresponsiveServer()
    const backend = { protocol: 'tcp' as const, max_retries: 0, ...timeouts({ connect: CONNECT }) }
    const client = await tcpClient(startLb(port, backend).port)
    await takes(
      CONNECT,
      closing(client).then((how) => expect(how).toBe('reset')),
    )
  })

  test('leads to another server', async () => {
    const deaf = '127.0.59.1'
    const port = await unresponsiveServer(deaf)
    await httpServer((_, response) => response.end('ok'), { address: TEST_ADDRESS, port })
    const { port: frontend } = startLb(port, {
      servers: [deaf, TEST_ADDRESS],
      algorithm: 'first',
      max_retries: 1,
      ...timeouts({ connect: CONNECT }),
    })
    const asked = fetch(`http://${TEST_ADDRESS}:${frontend}/`)
    await takes(
      CONNECT,
      asked.then(async (answer) => expect(await answer.text()).toBe('ok')),
    )
  })
})

describe('the tunnel timeout', () => {
  const UPGRADE = 'Connection: Upgrade\r\nUpgrade: test\r\n\r\n'

  test('counts from the upgrade on, in place of the others, while either side talks', async () => {
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
    // Only the server talks, for longer than the tunnel timeout.
    const talk = setInterval(() => upgraded?.write('.'), 50)
    onTestFinished(() => clearInterval(talk))
    await until(() => received.endsWith('.'.repeat(10)))
    clearInterval(talk)
    await takes(
      300,
      closing(client).then((how) => expect(how).toBe('reset')),
    )
  })
})
