import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import {
  ALLOW,
  pathBegin,
  pathRegex,
  setRules,
  testAcl,
  testRoute,
} from '#lib/testing/runtime/rules.ts'
import {
  freePort,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { AccessLogs } from './access-logs.ts'

type Line = Record<string, string | number | null>

const cleanups: (() => void)[] = []
let directory: string
let logs: AccessLogs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-access-log-'))
  logs = new AccessLogs({ directory, node: 'fr-par-a', worker: 1 }, pino({ level: 'silent' }))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  await rm(directory, { recursive: true })
})

function start(
  port: number,
  backend: Partial<DesiredBackend> = {},
  frontend: Partial<DesiredFrontend> = {},
) {
  const running = runLb(testBackend(port, backend), { access_log: true, ...frontend }, logs)
  cleanups.push(() => running.lb.retire())
  const lines = async (count: number): Promise<Line[]> => {
    const path = join(directory, running.lb.config.lb_id, 'fr-par-a.log')
    let all: Line[] = []
    await until(async () => {
      await logs.settled()
      const text = await readFile(path, 'utf8').catch(() => '')
      all = text.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
      return all.length >= count
    })
    expect(all).toHaveLength(count)
    return all
  }
  return { ...running, lines, line: async () => (await lines(1))[0] as Line }
}

async function webServer(listener: RequestListener): Promise<number> {
  const server = createHttpServer(listener).listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

async function rawServer(handler: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    handler(socket)
  }).listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const settled = (socket: Socket, event: string) =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()))

async function client(port: number, sends = ''): Promise<Socket> {
  const socket = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  socket.on('error', () => {})
  cleanups.push(() => socket.destroy())
  await Promise.race([settled(socket, 'connect'), settled(socket, 'close')])
  socket.write(sends)
  return socket
}

const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n'

describe('HTTP', () => {
  test('a request and its answer', async () => {
    const port = await webServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.end('answer'), 30))
    })
    const { line, lb, port: frontendPort } = start(port)
    const before = Date.now()
    const body = 'x'.repeat(100_000)
    const head = 'POST /a/b?secret=%41&x HTTP/1.1\r\nHost: h:80\r\nUser-Agent: tool "1"\r\n'
    const sent = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    const socket = await client(frontendPort, sent)
    const { localPort } = socket
    socket.once('data', () => socket.end())
    const received = await buffer(socket)
    const entry = await line()
    const [frontend] = lb.config.frontends
    const [backend] = lb.config.backends
    expect(entry).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      mode: 'http',
      client_ip: TEST_ADDRESS,
      client_port: localPort,
      request_id: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-z]+$/),
      method: 'POST',
      path: '/a/b',
      query: 'secret=%41&x',
      http_version: '1.1',
      host: 'h:80',
      user_agent: 'tool "1"',
      acl_id: null,
      acl_name: null,
      route_id: null,
      tls_error: null,
      backend_id: backend?.id,
      backend_name: 'web',
      server_ip: TEST_ADDRESS,
      server_port: port,
      sticky: null,
      status: 200,
      termination: 'complete',
      retries: 0,
      queue_ms: 0,
      connect_ms: expect.any(Number),
      response_ms: expect.any(Number),
      total_ms: expect.any(Number),
      bytes_in: sent.length,
      bytes_out: received.length,
      frontend_id: frontend?.id,
      frontend_name: 'http',
      frontend_port: frontendPort,
      lb_id: lb.config.lb_id,
      node: 'fr-par-a',
    })
    expect(Date.parse(String(entry.time))).toBeGreaterThanOrEqual(before - 1)
    expect(Date.parse(String(entry.time))).toBeLessThanOrEqual(Date.now())
    expect(entry.response_ms).toBeGreaterThanOrEqual(29)
    expect(entry.total_ms).toBeGreaterThanOrEqual(Number(entry.response_ms))
  })

  test('each request of a connection has a line, in the order of their ends', async () => {
    const port = await webServer((request, response) => response.end(request.url))
    const { lines, port: frontendPort } = start(port)
    const socket = await client(frontendPort, `${GET}${GET.replace('/path?q=1', '/two')}`)
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    await until(() => text.endsWith('/two'))
    const [one, two] = await lines(2)
    expect([one?.path, one?.query, two?.path, two?.query]).toEqual(['/path', 'q=1', '/two', null])
    expect(one?.request_id).not.toBe(two?.request_id)
    expect(Number(one?.bytes_out) + Number(two?.bytes_out)).toBe(text.length)
    expect(Number(one?.bytes_in)).toBe(GET.length)
    expect(two?.connect_ms).toBeLessThan(5)
  })

  test('what a client sends is told encoded', async () => {
    const port = await webServer((_, response) => response.end())
    const { line, port: frontendPort } = start(port)
    const agent = Buffer.from('\u202eevil\u009b31m"}', 'utf8').toString('latin1')
    const socket = connect(frontendPort, TEST_ADDRESS)
    socket.end(`GET / HTTP/1.0\r\nUser-Agent: ${agent}\r\n\r\n`, 'latin1')
    await once(socket.resume(), 'close')
    expect(await line()).toMatchObject({
      user_agent: '\u202eevil\u009b31m"}',
      host: null,
      http_version: '1.0',
    })
  })

  test('how stickiness chose', async () => {
    const port = await webServer((_, response) => response.end())
    const { lines, port: frontendPort } = start(port, {
      sticky: { type: 'cookie', name: 'S', nocache: true },
    })
    const url = `http://${TEST_ADDRESS}:${frontendPort}/`
    const cookie = (await fetch(url)).headers.get('set-cookie')?.split(';')[0] ?? ''
    await fetch(url, { headers: { cookie } })
    await fetch(url, { headers: { cookie: 'S=another' } })
    expect((await lines(3)).map(({ sticky }) => sticky)).toEqual(['new', 'kept', 'moved'])
  })

  test('no line while none is wanted, and it follows the configuration', async () => {
    const port = await webServer((_, response) => response.end())
    const { lines, lb, change, port: frontendPort } = start(port, {}, { access_log: false })
    const url = `http://${TEST_ADDRESS}:${frontendPort}`
    await fetch(`${url}/unseen`)
    const [frontend] = lb.config.frontends as [DesiredFrontend]
    change({ frontends: [{ ...frontend, access_log: true, name: 'renamed' }] })
    await fetch(`${url}/seen`)
    expect(await lines(1)).toMatchObject([{ path: '/seen', frontend_name: 'renamed' }])
  })

  test('a websocket is one line at its end', async () => {
    const port = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        )
        socket.pipe(socket)
      })
    })
    const { line, port: frontendPort } = start(port)
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
    const socket = await client(frontendPort, upgrade)
    let received = ''
    socket.on('data', (data) => {
      received += data
      if (received.endsWith('\r\n\r\n')) socket.end('echo')
    })
    await once(socket, 'close')
    expect(await line()).toMatchObject({
      status: 101,
      termination: 'complete',
      bytes_in: upgrade.length + 4,
      bytes_out: received.length,
    })
  })
})

describe('how a request ended', () => {
  const timeouts = { connect: 100, server: 100, tunnel: 100, queue: 100 }
  const held = () => webServer(() => {})

  /** What the log says of a request that gets an answer. */
  async function answered(
    port: number,
    backend: Partial<DesiredBackend>,
    frontend: Partial<DesiredFrontend> = {},
    sends = GET,
  ) {
    const running = start(port, { timeouts, ...backend }, frontend)
    const socket = await client(running.port, sends)
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
    ['server_timeout', 504, held, {}],
    ['server_abort', 502, () => rawServer((socket) => socket.once('data', () => socket.end())), {}],
    [
      'bad_response',
      502,
      () => rawServer((socket) => socket.once('data', () => socket.end('nonsense\r\n\r\n'))),
      {},
    ],
  ])(
    '%s: %d, and its request id is the one in the answer',
    async (how, status, server, backend) => {
      const { line, text } = await answered(await server(), backend)
      expect(line).toMatchObject({ termination: how, status, method: 'GET', bytes_in: GET.length })
      expect(line.bytes_out).toBe(text.length)
      expect(text).toContain(`Request ${line.request_id}\n`)
    },
  )

  test('a server that is up and refuses', async () => {
    // What is checked is another port.
    const { health_check } = testBackend(await held())
    const { line } = await answered(await freePort(), { max_retries: 2, health_check })
    expect(line).toMatchObject({ termination: 'connect_refused', status: 503, retries: 2 })
  })

  test('a request that can not be read', async () => {
    const { line, text } = await answered(await freePort(), {}, {}, 'GET /\r\n\r\n')
    expect(line).toMatchObject({ termination: 'bad_request', status: 400, method: null })
    expect(line.backend_id).toBeNull()
    expect(text).toContain(`Request ${line.request_id}\n`)
  })

  test('a request that does not come in time', async () => {
    const sends = 'GET / HTTP/1.1\r\n'
    const { line } = await answered(await freePort(), {}, { client_timeout: 100 }, sends)
    expect(line).toMatchObject({ termination: 'client_timeout', status: 408, path: null })
  })

  test('a client that leaves', async () => {
    const running = start(await held())
    const socket = await client(running.port, GET)
    await until(() => running.lb.report().counters.requests_total === 1)
    socket.resetAndDestroy()
    expect(await running.line()).toMatchObject({
      termination: 'client_abort',
      status: null,
      bytes_out: 0,
    })
  })

  test('a server that breaks off its answer', async () => {
    const port = await rawServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    )
    const running = start(port)
    const socket = await client(running.port, GET)
    await settled(socket.resume(), 'close')
    expect(await running.line()).toMatchObject({ termination: 'server_abort', status: 200 })
  })

  test('the waiting line, and waiting in vain', async () => {
    const patient = { ...timeouts, server: 5000 }
    const running = start(await held(), { max_connections: 1, timeouts: patient })
    await client(running.port, GET)
    await until(() => running.lb.report().counters.requests_total === 1)
    await client(running.port, GET)
    const waited = await running.line()
    expect(waited).toMatchObject({ termination: 'queue_timeout', status: 503, connect_ms: null })
    expect(waited.queue_ms).toBeGreaterThanOrEqual(99)
  })

  test('the end of the process', async () => {
    const running = start(await held())
    const socket = await client(running.port, GET)
    const error = once(socket, 'error')
    await until(() => running.lb.report().counters.requests_total === 1)
    running.lb.shutDown()
    expect(await running.line()).toMatchObject({ termination: 'shutdown' })
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
  })
})

describe('TCP', () => {
  const echo = () => rawServer((socket) => socket.pipe(socket))

  test('a connection is one line', async () => {
    const port = await echo()
    const { line, lb, port: frontendPort } = start(port, { protocol: 'tcp' })
    const socket = await client(frontendPort, 'hello')
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

  test('the server that a TLS client asks for is named', async () => {
    const server = await rawServer((socket) => socket.once('data', () => socket.end()))
    const { line, port } = start(server, { protocol: 'tcp' })
    const socket = connectTls({ host: TEST_ADDRESS, port, servername: 'shop.example.com' })
    socket.on('error', () => {})
    await settled(socket, 'close')
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
  ])('%s', async (how, backend, act) => {
    const port = await rawServer((socket) => {
      socket.on('data', (data) => {
        if (String(data) === 'break') socket.resetAndDestroy()
        else socket.write(data)
      })
    })
    const running = start(port, { protocol: 'tcp', ...backend })
    const socket = await client(running.port)
    socket.once('data', () => act(socket))
    socket.write('hi')
    expect(await running.line()).toMatchObject({ termination: how })
  })
})

describe('rules', () => {
  test('a denied, a redirected and a routed request name the rule', async () => {
    const port = await webServer((_, response) => response.end('own'))
    const running = start(port)
    const other = testBackend(await webServer((_, response) => response.end('other')))
    const to = { type: 'location', target: 'https://new.test/' } as const
    const allowed = testAcl(pathBegin('/in'), ALLOW)
    const denied = testAcl(pathBegin('/no'))
    const moved = testAcl(pathBegin('/old'), { type: 'redirect', code: 307, to })
    // Exceeds the matching limits, so long paths exceed the step budget.
    const costly = Array.from({ length: 2 }, (_, at) =>
      testAcl(pathRegex(...Array.from({ length: 90 }, (_, k) => `^/ab.*a.{100}b.{80}c${at}x${k}`))),
    )
    const route = testRoute(other, { type: 'path_begin', path: '/in' })
    setRules(
      running,
      { acls: [{ ...allowed, name: 'in "\u202e"' }, denied, moved, ...costly], routes: [route] },
      [other],
    )
    const long = `/ab${Array.from({ length: 8000 }, () => 'ab'[randomInt(2)]).join('')}`
    const paths = ['/no', '/old/x', '/in', '/', long]
    for (const path of paths) {
      const socket = await client(
        running.port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      )
      await settled(socket.resume(), 'end')
      socket.end()
    }
    const lines = await running.lines(paths.length)
    const none = { acl_id: null, acl_name: null, route_id: null }
    const own = running.lb.config.backends[0]?.id
    expect(lines).toMatchObject([
      { status: 403, termination: 'denied', acl_id: denied.id, route_id: null, backend_id: null },
      { status: 307, termination: 'redirected', acl_id: moved.id, server_ip: null },
      {
        ...{ status: 200, acl_id: allowed.id, acl_name: 'in "\u202e"', route_id: route.id },
        backend_id: other.id,
      },
      { ...none, status: 200, backend_id: own },
      { ...none, status: 403, termination: 'match_limit', backend_id: null },
    ])
  })

  test('a denied TCP connection and a routed one name the rule', async () => {
    const echo = () => rawServer((socket) => socket.pipe(socket))
    const running = start(await echo(), { protocol: 'tcp' })
    const other = testBackend(await echo(), { protocol: 'tcp' })
    const route = testRoute(other, { type: 'sni', name: 'check.test', subdomains: false })
    setRules(running, { routes: [route] }, [other])
    const secure = connectTls({ port: running.port, host: TEST_ADDRESS, servername: 'check.test' })
    secure.on('error', () => {})
    await running.lines(1)
    const denied = testAcl({ sources: [`${TEST_ADDRESS}/32`] })
    setRules(running, { acls: [denied] })
    await client(running.port)
    expect(await running.lines(2)).toMatchObject([
      { route_id: route.id, backend_id: other.id, server_name: 'check.test', acl_id: null },
      { termination: 'denied', acl_id: denied.id, backend_id: null, bytes_in: 0 },
    ])
  })
})
