import { describe, expect, test } from 'vitest'
import type { DesiredBackend, DesiredRoute } from '#lib/protocol/desired-config.ts'
import { setRules, testRoute } from '#lib/testing/runtime/rules.ts'
import {
  type RunningLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient } from '#lib/testing/runtime/sockets.ts'

const NAMES = ['own', 'a', 'b', 'c'] as const

/** A load balancer with routes to servers that respond with their names. */
async function start(overrides: Partial<DesiredBackend> = {}) {
  const backends: DesiredBackend[] = []
  const requested: string[] = []
  for (const name of NAMES) {
    const { port } = await httpServer((request, response) => {
      requested.push(`${name} ${request.url} ${request.headers.cookie ?? ''}`)
      response.end(name)
    })
    backends.push(testBackend(port, overrides))
  }
  const [own, a, b, c] = backends as [
    DesiredBackend,
    DesiredBackend,
    DesiredBackend,
    DesiredBackend,
  ]
  const running = startLb(own.port, overrides)
  const routes: DesiredRoute[] = [
    testRoute(a, { type: 'host', name: 'a.test', subdomains: false }),
    testRoute(b, { type: 'host', name: 'B.test', subdomains: true }),
    testRoute(c, { type: 'path_begin', path: '/c' }),
    testRoute(c, { type: 'sni', name: 'own.test', subdomains: false }),
  ]
  setRules(running, { routes }, [a, b, c])
  return { ...running, backends: { a, b, c }, routes, requested }
}

/** Sends requests on one connection. @returns the responses */
async function requestAll(
  { port }: Pick<RunningLb, 'port'>,
  requests: [string, string, string?][],
) {
  const socket = await tcpClient(port)
  const responses: string[] = []
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  for (const [host, target, fields = ''] of requests) {
    text = ''
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`)
    await until(() => /\r\n\r\n(?:own|a|b|c)$/.test(text))
    responses.push(text)
  }
  socket.end()
  return responses
}

const bodyOf = (response: string) => response.split('\r\n\r\n')[1]
const cookieOf = (response: string | undefined) =>
  /Set-Cookie: ([^;]+)/.exec(response ?? '')?.[1] ?? ''

test('each request of a connection is routed by its host or path', async () => {
  const running = await start()
  const cases: [string, string, string][] = [
    ['own.test', '/', 'own'],
    ['a.test', '/', 'a'],
    ['A.TEST.', '/', 'a'],
    ['a.test:8080', '/', 'a'],
    ['a.test.:08080', '/', 'a'],
    ['%61.test', '/', 'a'],
    ['xn--bcher-kva.b.test', '/', 'b'],
    ['x.a.test', '/', 'own'],
    ['b.test', '/c', 'b'],
    ['x.y.b.test', '/', 'b'],
    ['xb.test', '/', 'own'],
    ['own.test', '/c/d?e', 'c'],
    ['own.test', '/%63d', 'c'],
    ['own.test', '/d/c', 'own'],
    ['own.test', 'http://a.test/', 'a'],
    ['a.test', 'http://own.test/c', 'c'],
  ]
  const responses = await requestAll(
    running,
    cases.map(([host, target]) => [host, target]),
  )
  expect(responses.map(bodyOf)).toEqual(cases.map(([, , server]) => server))
  const { counters, backend_counters } = running.lb.report()
  expect(counters.requests_total).toBe(cases.length)
  const requestsByBackend = Object.values(backend_counters).map(
    ({ requests_total }) => requests_total,
  )
  expect(requestsByBackend).toEqual([4, 6, 3, 3])
})

describe('sticky cookies', () => {
  test('of the same name in several backends never select another backend’s server', async () => {
    const running = await start({ sticky: { type: 'cookie', name: 'SRV', nocache: true } })
    const [first] = await requestAll(running, [['a.test', '/']])
    const cookie = cookieOf(first)
    expect(cookie).toMatch(/^SRV=/)
    const responses = await requestAll(running, [
      ['b.test', '/', `Cookie: ${cookie}\r\n`],
      ['a.test', '/', `Cookie: ${cookie}\r\n`],
    ])
    expect(responses.map(bodyOf)).toEqual(['b', 'a'])
    expect(responses.map((response) => cookieOf(response) !== '')).toEqual([true, false])
    expect(running.requested.every((line) => line.endsWith(' '))).toBe(true)
  })
})

test('removing and adding a route, with its backend, applies to the next request of a connection', async () => {
  const running = await start()
  const socket = await tcpClient(running.port)
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  const serverOfNext = async () => {
    text = ''
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await until(() => /\r\n\r\n\w+$/.test(text))
    return bodyOf(text)
  }
  expect(await serverOfNext()).toBe('a')
  setRules(running, { routes: [] })
  expect(await serverOfNext()).toBe('own')
  setRules(running, { routes: running.routes }, Object.values(running.backends))
  expect(await serverOfNext()).toBe('a')
})

test('a route’s backend has its own retries and counters', async () => {
  const running = await start()
  const dead = testBackend(1, { max_retries: 1, name: 'dead' })
  const route = testRoute(dead, { type: 'path_begin', path: '/' })
  setRules(running, { routes: [route] }, [dead])
  const response = await fetch(`http://${TEST_ADDRESS}:${running.port}/`)
  expect(response.status).toBe(503)
  const { backend_counters } = running.lb.report()
  expect(backend_counters[dead.id]).toMatchObject({ retries: 1, requests_total: 0 })
  expect(backend_counters[dead.id]?.connect_failures).toBeGreaterThan(0)
})

test('a route to a TCP backend is ignored', async () => {
  const running = await start()
  const { a } = running.backends
  setRules(running, { routes: running.routes }, [{ ...a, protocol: 'tcp' }])
  const [response = ''] = await requestAll(running, [['a.test', '/']])
  expect(bodyOf(response)).toBe('own')
})
