import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { startLoggedLb } from '#lib/testing/runtime/logged-lb.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { eventOf, httpServer, openClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n'

describe('HTTP', () => {
  const timeouts = { connect: 100, server: 100, tunnel: 100, queue: 100 }
  const silentServer = async () => (await httpServer(() => {})).port

  /** Sends a request. @returns its line, and the response */
  async function logged(
    port: number,
    backend: Partial<DesiredBackend>,
    frontend: Partial<DesiredFrontend> = {},
    request = GET,
  ) {
    const running = startLoggedLb(port, { timeouts, ...backend }, frontend)
    const socket = await openClient(running.port, request)
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    await until(() => text.includes('\r\n\r\n'))
    const line = await running.line()
    socket.destroy()
    return { line, text }
  }

  test.each<[string, number, () => Promise<number>, Partial<DesiredBackend>]>([
    ['no_server', 503, freePort, { servers: [] }],
    ['server_timeout', 504, silentServer, {}],
    ['server_abort', 502, () => tcpServer((socket) => socket.once('data', () => socket.end())), {}],
    [
      'bad_response',
      502,
      () => tcpServer((socket) => socket.once('data', () => socket.end('nonsense\r\n\r\n'))),
      {},
    ],
  ])(
    '%s: %d, and the response contains the request ID',
    async (termination, status, server, backend) => {
      const { line, text } = await logged(await server(), backend)
      expect(line).toMatchObject({ termination, status, method: 'GET', bytes_in: GET.length })
      expect(line.bytes_out).toBe(text.length)
      expect(text).toContain(`Request ${line.request_id}\n`)
    },
  )

  test('a server that refuses connections', async () => {
    // The health check connects to another port.
    const { health_check } = testBackend(await silentServer())
    const { line } = await logged(await freePort(), { max_retries: 2, health_check })
    expect(line).toMatchObject({ termination: 'connect_refused', status: 503, retries: 2 })
  })

  test('a malformed request', async () => {
    const { line, text } = await logged(await freePort(), {}, {}, 'GET /\r\n\r\n')
    expect(line).toMatchObject({ termination: 'bad_request', status: 400, method: null })
    expect(line.backend_id).toBeNull()
    expect(text).toContain(`Request ${line.request_id}\n`)
  })

  test('a request that is not complete in time', async () => {
    const request = 'GET / HTTP/1.1\r\n'
    const { line } = await logged(await freePort(), {}, { client_timeout: 100 }, request)
    expect(line).toMatchObject({ termination: 'client_timeout', status: 408, path: null })
  })

  test('a client that disconnects', async () => {
    const running = startLoggedLb(await silentServer())
    const socket = await openClient(running.port, GET)
    await until(() => running.lb.report().counters.requests_total === 1)
    socket.resetAndDestroy()
    expect(await running.line()).toMatchObject({
      termination: 'client_abort',
      status: null,
      bytes_out: 0,
    })
  })

  test('a server that closes in the middle of its response', async () => {
    const port = await tcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    )
    const running = startLoggedLb(port)
    const socket = await openClient(running.port, GET)
    await eventOf(socket.resume(), 'close')
    expect(await running.line()).toMatchObject({ termination: 'server_abort', status: 200 })
  })

  test('a queue timeout', async () => {
    const longTimeouts = { ...timeouts, server: 5000 }
    const running = startLoggedLb(await silentServer(), {
      max_connections: 1,
      timeouts: longTimeouts,
    })
    await openClient(running.port, GET)
    await until(() => running.lb.report().counters.requests_total === 1)
    await openClient(running.port, GET)
    const line = await running.line()
    expect(line).toMatchObject({ termination: 'queue_timeout', status: 503, connect_ms: null })
    expect(line.queue_ms).toBeGreaterThanOrEqual(99)
  })

  test('a shutdown of the process', async () => {
    const running = startLoggedLb(await silentServer())
    const socket = await openClient(running.port, GET)
    const error = once(socket, 'error')
    await until(() => running.lb.report().counters.requests_total === 1)
    running.lb.shutDown()
    expect(await running.line()).toMatchObject({ termination: 'shutdown' })
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
  })
})

describe('TCP', () => {
  const echo = () => tcpServer((socket) => socket.pipe(socket))

  test('a connection has one line', async () => {
    const port = await echo()
    const { line, lb, port: frontendPort } = startLoggedLb(port, { protocol: 'tcp' })
    const socket = await openClient(frontendPort, 'hello')
    socket.once('data', () => socket.end())
    await once(socket, 'close')
    const [frontend] = lb.config.frontends
    const [backend] = lb.config.backends
    expect(await line()).toEqual({
      time: expect.any(String),
      mode: 'tcp',
      client_ip: TEST_ADDRESS,
      client_port: expect.any(Number),
      server_name: null,
      acl_id: null,
      acl_name: null,
      route_id: null,
      tls_error: null,
      backend_id: backend?.id,
      backend_name: 'web',
      server_ip: TEST_ADDRESS,
      server_port: port,
      sticky: null,
      termination: 'complete',
      retries: 0,
      queue_ms: 0,
      connect_ms: expect.any(Number),
      total_ms: expect.any(Number),
      bytes_in: 5,
      bytes_out: 5,
      frontend_id: frontend?.id,
      frontend_name: 'http',
      frontend_port: frontendPort,
      lb_id: lb.config.lb_id,
      node: 'fr-par-a',
    })
  })

  test('the SNI of a TLS client is logged', async () => {
    const server = await tcpServer((socket) => socket.once('data', () => socket.end()))
    const { line, port } = startLoggedLb(server, { protocol: 'tcp' })
    const socket = connectTls({ host: TEST_ADDRESS, port, servername: 'shop.example.com' })
    socket.on('error', () => {})
    await eventOf(socket, 'close')
    expect(await line()).toMatchObject({ mode: 'tcp', server_name: 'shop.example.com' })
  })

  test.each<[string, Partial<DesiredBackend>, (socket: Socket) => void]>([
    ['client_abort', {}, (socket) => socket.resetAndDestroy()],
    ['server_abort', {}, (socket) => socket.write('break')],
    [
      'tunnel_timeout',
      { timeouts: { connect: 100, server: 100, tunnel: 100, queue: 100 } },
      () => {},
    ],
    ['no_server', { servers: [] }, () => {}],
  ])('%s', async (termination, backend, act) => {
    const port = await tcpServer((socket) => {
      socket.on('data', (data) => {
        if (String(data) === 'break') socket.resetAndDestroy()
        else socket.write(data)
      })
    })
    const running = startLoggedLb(port, { protocol: 'tcp', ...backend })
    const socket = await openClient(running.port)
    socket.once('data', () => act(socket))
    socket.write('hi')
    expect(await running.line()).toMatchObject({ termination })
  })
})
