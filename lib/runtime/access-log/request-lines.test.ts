import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { startLoggedLb } from '#lib/testing/runtime/logged-lb.ts'
import {
  ALLOW,
  pathBegin,
  pathRegex,
  setRules,
  testAcl,
  testRoute,
} from '#lib/testing/runtime/rules.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { eventOf, httpServer, openClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n'

describe('HTTP', () => {
  test('a request and its response', async () => {
    const { port } = await httpServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.end('response'), 30))
    })
    const { line, lb, port: frontendPort } = startLoggedLb(port)
    const before = Date.now()
    const body = 'x'.repeat(100_000)
    const head = 'POST /a/b?secret=%41&x HTTP/1.1\r\nHost: h:80\r\nUser-Agent: tool "1"\r\n'
    const sent = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    const socket = await openClient(frontendPort, sent)
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

  test('each request of a connection has a line, written when it ends', async () => {
    const { port } = await httpServer((request, response) => response.end(request.url))
    const { lines, port: frontendPort } = startLoggedLb(port)
    const socket = await openClient(frontendPort, `${GET}${GET.replace('/path?q=1', '/two')}`)
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

  test('a client’s text is encoded', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const { line, port: frontendPort } = startLoggedLb(port)
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

  test('the result of stickiness', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const { lines, port: frontendPort } = startLoggedLb(port, {
      sticky: { type: 'cookie', name: 'S', nocache: true },
    })
    const url = `http://${TEST_ADDRESS}:${frontendPort}/`
    const cookie = (await fetch(url)).headers.get('set-cookie')?.split(';')[0] ?? ''
    await fetch(url, { headers: { cookie } })
    await fetch(url, { headers: { cookie: 'S=another' } })
    expect((await lines(3)).map(({ sticky }) => sticky)).toEqual(['new', 'kept', 'moved'])
  })

  test('lines are written only while the access log is on', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const { lines, lb, change, port: frontendPort } = startLoggedLb(port, {}, { access_log: false })
    const url = `http://${TEST_ADDRESS}:${frontendPort}`
    await fetch(`${url}/off`)
    const [frontend] = lb.config.frontends as [DesiredFrontend]
    change({ frontends: [{ ...frontend, access_log: true, name: 'renamed' }] })
    await fetch(`${url}/on`)
    expect(await lines(1)).toMatchObject([{ path: '/on', frontend_name: 'renamed' }])
  })

  test('a WebSocket has one line, written when it closes', async () => {
    const port = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        )
        socket.pipe(socket)
      })
    })
    const { line, port: frontendPort } = startLoggedLb(port)
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
    const socket = await openClient(frontendPort, upgrade)
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

describe('rules', () => {
  test('a denied, a redirected and a routed request name their rule', async () => {
    const { port } = await httpServer((_, response) => response.end('own'))
    const running = startLoggedLb(port)
    const other = testBackend((await httpServer((_, response) => response.end('other'))).port)
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
      const socket = await openClient(
        running.port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      )
      await eventOf(socket.resume(), 'end')
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

  test('a denied and a routed TCP connection name their rule', async () => {
    const echo = () => tcpServer((socket) => socket.pipe(socket))
    const running = startLoggedLb(await echo(), { protocol: 'tcp' })
    const other = testBackend(await echo(), { protocol: 'tcp' })
    const route = testRoute(other, { type: 'sni', name: 'check.test', subdomains: false })
    setRules(running, { routes: [route] }, [other])
    const tls = connectTls({ port: running.port, host: TEST_ADDRESS, servername: 'check.test' })
    tls.on('error', () => {})
    await running.lines(1)
    const denied = testAcl({ sources: [`${TEST_ADDRESS}/32`] })
    setRules(running, { acls: [denied] })
    await openClient(running.port)
    expect(await running.lines(2)).toMatchObject([
      { route_id: route.id, backend_id: other.id, server_name: 'check.test', acl_id: null },
      { termination: 'denied', acl_id: denied.id, backend_id: null, bytes_in: 0 },
    ])
  })
})
