import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend, DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import {
  httpServer,
  startLb,
  tcpClient,
  tcpServer,
  unresponsiveServer,
} from '#lib/testing/runtime/sockets.ts'

// Connections of a server that is marked down: with `shutdown_sessions_when_down` they are closed, without it they continue. Health checks
// use another port, so that the server itself keeps working.

type CheckPort = { port: number; close(): void }

/** A port for health checks only, open until it is closed. */
async function checkPort(address = TEST_ADDRESS, port = 0): Promise<CheckPort> {
  const server = createServer((socket) => socket.on('error', () => {}))
  await once(server.listen(port, address), 'listening')
  onTestFinished(() => {
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

function checkedAt(
  port: number,
  cut: boolean,
  kind: DesiredCheckKind = { type: 'tcp' },
): Partial<DesiredBackend> {
  const quick = { delay: 30, transient_delay: 10, retries: 2, kind }
  const health_check = { ...testBackend(port).health_check, ...quick }
  return { health_check, shutdown_sessions_when_down: cut }
}

type Setting = {
  /** The frontend's port. */
  port: number
  markDown(): Promise<void>
}

/** A load balancer in front of a server that is up. */
async function start(
  server: number,
  cut: boolean,
  more: Partial<DesiredBackend>,
): Promise<Setting> {
  const check = await checkPort()
  const { lb, port } = startLb(server, { ...checkedAt(check.port, cut), ...more })
  const state = () => lb.report().servers[0]?.state
  await until(() => state() === 'up')
  const markDown = async () => {
    check.close()
    await until(() => state() === 'down')
  }
  return { port, markDown }
}

/** Records what a socket receives, and whether it is closed. */
function recorded(socket: Socket): { text: () => string; isOver: () => boolean } {
  let text = ''
  let over = false
  socket.on('data', (data) => {
    text += data
  })
  socket.on('end', () => {
    over = true
  })
  socket.on('close', () => {
    over = true
  })
  return { text: () => text, isOver: () => over }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
const UPGRADE = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'

const echo = (socket: Socket) => socket.on('data', (data) => socket.write(data))

describe.each([true, false])('a server marked down, sessions to be cut: %s', (cut) => {
  /** Marks an echo server down, and expects that it continues, or that its connections are closed on both sides. */
  async function expectMarkDownEffect(lb: Setting, client: Socket, server: Socket | undefined) {
    const { text, isOver: over } = recorded(client)
    await lb.markDown()
    client.write('still there?')
    await until(() => (cut ? over() && server?.destroyed === true : text() === 'still there?'))
    expect(over()).toBe(cut)
  }

  test('a TCP stream', async () => {
    const servers: Socket[] = []
    const port = await tcpServer((socket) => servers.push(echo(socket)))
    const lb = await start(port, cut, { protocol: 'tcp' })
    const client = await tcpClient(lb.port)
    client.write('hello')
    await once(client, 'data')
    await expectMarkDownEffect(lb, client, servers[0])
  })

  test('an upgraded connection', async () => {
    const servers: Socket[] = []
    const { server, port } = await httpServer(() => {})
    server.on('upgrade', (_, socket: Socket) => {
      servers.push(echo(socket.on('error', () => {})))
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      )
    })
    const lb = await start(port, cut, {})
    const client = await tcpClient(lb.port)
    client.write(UPGRADE)
    const [response] = await once(client, 'data')
    expect(String(response)).toMatch(/^HTTP\/1\.1 101 /)
    await expectMarkDownEffect(lb, client, servers[0])
  })

  /** A request in progress. @returns the client's side, the server's, and the load balancer */
  async function request() {
    const responses: ServerResponse[] = []
    const { port } = await httpServer((_, response) => responses.push(response))
    const lb = await start(port, cut, {})
    const client = await tcpClient(lb.port)
    client.write(REQUEST)
    await until(() => responses.length === 1)
    return { client, response: responses[0] as ServerResponse, lb }
  }

  test('a request without a response yet', async () => {
    const { client, response, lb } = await request()
    const { text } = recorded(client)
    await lb.markDown()
    if (!cut) response.end('late')
    await until(() => text().includes('\r\n\r\n'))
    expect(text()).toMatch(cut ? /^HTTP\/1\.1 502 / : /^HTTP\/1\.1 200 [\s\S]*late$/)
    await until(() => response.closed)
  })

  test('a request whose response has started', async () => {
    const { client, response, lb } = await request()
    const { text, isOver: over } = recorded(client)
    response.writeHead(200, { 'content-length': 10 }).write('start')
    await until(() => text().endsWith('start'))
    await lb.markDown()
    if (!cut) response.end('ended')
    // An incomplete response ends with a reset.
    await until(() => (cut ? over() && response.closed : text().endsWith('startended')))
    expect(text().endsWith('start')).toBe(cut)
  })
})

test('a client that is being connected is redispatched', async () => {
  const port = await unresponsiveServer()
  const other = '127.0.60.20'
  await tcpServer((socket) => socket.end('hello'), { address: other, port })
  const check = await checkPort()
  await checkPort(other, check.port)
  const timeouts = { ...testBackend(port).timeouts, connect: 300 }
  const backend = { ...checkedAt(check.port, true), protocol: 'tcp' as const, timeouts }
  const { lb, port: frontend } = startLb(port, { ...backend, servers: [TEST_ADDRESS, other] })
  const states = () => lb.report().servers.map(({ state }) => state)
  await until(() => states().every((state) => state === 'up'))
  const clients = [await tcpClient(frontend), await tcpClient(frontend)]
  const responses = clients.map(recorded)
  check.close()
  await until(() => states().includes('down'))
  await until(() => responses.every(({ isOver: over }) => over()))
  expect(responses.map(({ text }) => text())).toEqual(['hello', 'hello'])
})

test('health checks use their own port', async () => {
  const seen = { traffic: 0, checks: 0 }
  const { port } = await httpServer((_, response) => {
    seen.traffic += 1
    response.end()
  })
  const checks = await httpServer((_, response) => {
    seen.checks += 1
    response.writeHead(204).end()
  })
  const kind = { type: 'http', method: 'GET', uri: '/', code: 204, host: '' } as const
  const { lb, port: frontend } = startLb(port, checkedAt(checks.port, false, kind))
  await until(() => lb.report().servers[0]?.state === 'up' && seen.checks > 2)
  expect(seen.traffic).toBe(0)
  const before = seen.checks
  const client = await tcpClient(frontend)
  client.write(REQUEST)
  const [reply] = await once(client, 'data')
  expect(String(reply)).toMatch(/^HTTP\/1\.1 200 /)
  expect(seen.traffic).toBe(1)
  await until(() => seen.checks > before)
})
