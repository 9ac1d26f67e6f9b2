import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { check, down } from '#lib/testing/runtime/checks.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb } from '#lib/testing/runtime/sockets.ts'
import { checkerOf } from './checkers/checker-of.ts'

// The bytes that a check sends, for values that users entered.

const HTTP = { type: 'http', method: 'GET', uri: '/', code: 200, host: '' } as const

function requestOf(kind: DesiredCheckKind, address = '10.0.0.1'): Buffer {
  const health_check = { ...testBackend(80).health_check, kind, port: 8080 }
  return checkerOf(health_check, address).request() ?? Buffer.alloc(0)
}

const lines = (changes: Partial<typeof HTTP | { method: string; uri: string; host: string }>) =>
  requestOf({ ...HTTP, ...changes } as DesiredCheckKind)
    .toString('latin1')
    .split('\r\n')

test.each([
  ['/health?x', '/health?x'],
  ['/café', '/caf%C3%A9'],
  ['/\u010d\u010a', '/%C4%8D%C4%8A'],
  ['/a#b', '/a'],
  ['https://a.test', '/'],
  ['https://a.test/x%20y', '/x%20y'],
])('the path %j is sent as %s', (uri, target) => {
  expect(lines({ uri })[0]).toBe(`GET ${target} HTTP/1.1`)
})

test.each([
  ['', '10.0.0.1:8080'],
  ['Shop.test.:0080', 'shop.test:80'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['[2001:DB8::0:1]:81', '[2001:db8::1]:81'],
  ['x\u010d\u010a', 'xn--x-8haf'],
])('the Host %j is sent as %s', (host, sent) => {
  expect(lines({ host })[1]).toBe(`Host: ${sent}`)
})

test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH', 'PROPFIND'])(
  'Content-Length with %s',
  (method) => {
    const sent = lines({ method }).filter((line) => /^content-length:/i.test(line))
    const none = ['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(method)
    expect(sent).toEqual(none ? [] : ['Content-Length: 0'])
  },
)

test.each(['mysql', 'pgsql'] as const)('a user of %s is sent in UTF-8', (type) => {
  expect(requestOf({ type, user: 'é\u010d\u010a' }).includes('é\u010d\u010a\0')).toBe(true)
})

describe('TLS', () => {
  test.each([
    ['name.test', 'other.test', 'name.test'],
    ['', 'Host.test.:8443', 'host.test'],
    ['name.test:8443', '', 'name.test'],
    ['bücher.example', '', 'xn--bcher-kva.example'],
    ['', '10.0.0.1:8443', false],
    ['', '[2001:db8::1]:8443', false],
    ['2001:db8::1', '', false],
    ['*.test', '', false],
    ['', '', false],
  ])('with the name %j and the Host %j the SNI is %s', async (sni, host, expected) => {
    const names: unknown[] = []
    const options = { key: TEST_CERTIFICATE.key, cert: TEST_CERTIFICATE.cert }
    const server = createServer(options, (socket) => {
      names.push((socket as unknown as { servername: string | false }).servername)
      socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n')
    }).listen(0, TEST_ADDRESS)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const kind: DesiredCheckKind = { ...HTTP, type: 'https', sni, host }
    const result = await check({ address: TEST_ADDRESS, port }, { kind, port })
    expect([names, result?.passed]).toEqual([[expected], true])
  })
})

/** Values that the schemas refuse, but that an older database or last good configuration may contain. */
const INVALID: [string, DesiredCheckKind][] = [
  ['its path is neither a path nor a URL', { ...HTTP, uri: 'http://<server>/health' }],
  ['its path is neither a path nor a URL', { ...HTTP, uri: '/a\r\nX: 1' }],
  ['its path is neither a path nor a URL', { ...HTTP, type: 'https', sni: '', uri: '' }],
  ['its Host is not a host name', { ...HTTP, host: 'x\u010d\u010aX-Injected:yes' }],
  ['its method is invalid', { ...HTTP, method: 'GET / HTTP/1.1\r\nX: ' }],
  ["its user can't be encoded", { type: 'mysql', user: 'a\0b' }],
  ["its user can't be encoded", { type: 'pgsql', user: '' }],
]

describe('an invalid check', () => {
  test.each(INVALID)('fails with the reason that %s: %j', async (reason, kind) => {
    const port = await freePort()
    const result = await check({ address: TEST_ADDRESS, port }, { kind })
    expect(result).toEqual(down(`The check could not run: ${reason}`))
  })

  test('is a problem, affects no other backend, and runs again once it is corrected', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const other = testBackend(port, { name: 'other' })
    const health_check = { ...other.health_check, delay: 20, transient_delay: 10, retries: 1 }
    const bad = { ...health_check, kind: { ...HTTP, uri: 'http://<server>/' } }
    const { lb, change } = startLb(port, { health_check: bad })
    const [backend = other] = lb.config.backends
    change({ backends: [backend, other] })
    await until(
      () =>
        lb
          .report()
          .servers.map(({ state }) => state)
          .join() === 'down,up',
    )
    const [server] = lb.report().servers
    expect(server?.reason).toBe('The check could not run: its path is neither a path nor a URL')
    expect(lb.report().problems).toEqual([
      'The health check of backend "web" can\'t run: its path is neither a path nor a URL. Correct it.',
    ])
    change({ backends: [{ ...backend, health_check: { ...health_check, kind: HTTP } }, other] })
    await until(
      () =>
        lb
          .report()
          .servers.map(({ state }) => state)
          .join() === 'up,up',
    )
    expect(lb.report().problems).toEqual([])
  })
})

test('a sticky cookie with an invalid name is not set, and is a problem', async () => {
  const { port } = await httpServer((_, response) => response.end('served'))
  const sticky = { type: 'cookie', name: 'a\r\nX-Injected: 1\u010a', nocache: true } as const
  const running = startLb(port, { sticky })
  await until(() => running.lb.report().servers[0]?.state === 'up')
  const response = await fetch(`http://${TEST_ADDRESS}:${running.port}/`)
  expect([response.status, await response.text()]).toEqual([200, 'served'])
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(running.lb.report().problems).toEqual([
    'Backend "web" has no sticky sessions: its cookie name is invalid.',
  ])
})
