import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DesiredAcl, DesiredRoute } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  ALLOW,
  DENY,
  header,
  pathBegin,
  pathEnd,
  pathRegex,
  setRules,
  testAcl,
  testRoute,
} from '#lib/testing/runtime/rules.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
} from '#lib/testing/runtime/running-lb.ts'

// The same rules, in HAProxy's configuration and in ours, must give the same results for the same requests.

const NAMES = ['own', 'a', 'b', 'c']
const HTTP_PORT = 8080
const TLS_PORT = 8443
const [ELSEWHERE = ''] = ownAddresses(1)

const location = (target: string): DesiredAcl['action'] => ({
  type: 'redirect',
  code: 308,
  to: { type: 'location', target },
})
const ACLS = [
  testAcl({ sources: [`${ELSEWHERE}/32`], ...pathBegin('/inside') }),
  testAcl(pathBegin('/public'), ALLOW),
  testAcl(pathBegin('/admin', '/private')),
  testAcl(pathEnd('.php', '.cgi')),
  testAcl(pathRegex('^/v[0-9]+/(x|y)', '(?i)secret')),
  testAcl(header('X-Role', 'b', 'c d')),
  testAcl(header('X-Debug')),
  testAcl(pathBegin('/old'), location('https://new.test/')),
  testAcl(header('X-Tls', 'yes'), {
    type: 'redirect',
    code: 301,
    to: { type: 'scheme', scheme: 'https' },
  }),
  testAcl({ sources: ['127.0.0.0/8'], invert: true }, DENY),
]
const RULES = `
  http-request deny if { src ${ELSEWHERE}/32 } { path_beg /inside }
  http-request allow if { path_beg /public }
  http-request deny if { path_beg /admin /private }
  http-request deny if { path_end .php .cgi }
  http-request deny if { path_reg ^/v[0-9]+/(x|y) } || { path_reg -i secret }
  http-request deny if { req.hdr(X-Role) b "c d" }
  http-request deny if { req.hdr(X-Debug) -m found }
  http-request redirect location https://new.test/ code 308 if { path_beg /old }
  http-request redirect scheme https code 301 if { req.hdr(X-Tls) yes }
  http-request deny if !{ src 127.0.0.0/8 }
  use_backend a if { req.hdr(host),field(1,:),lower a.test }
  use_backend b if { req.hdr(host),field(1,:),lower -m str b.test } || { req.hdr(host),field(1,:),lower -m end .b.test }
  use_backend c if { path_beg /c }
  default_backend own`

/** Method, target, host, more fields. */
const REQUESTS: [string, string, string?, string?][] = [
  ['GET', '/'],
  ['GET', '/inside/x'],
  ['GET', '/public/x.php'],
  ['GET', '/admin'],
  ['GET', '/administrator?x=/public'],
  ['GET', '/Admin'],
  ['GET', '/x/admin'],
  ['POST', '/private/x'],
  ['HEAD', '/private/x'],
  ['GET', '/x.php?y'],
  ['GET', '/x.php/y'],
  ['GET', '/x?y.php'],
  ['GET', '/a.CGI'],
  ['GET', '/v1/x'],
  ['GET', '/v12/yy'],
  ['GET', '/v/x'],
  ['GET', '/w/v1/x'],
  ['GET', '/a/SECRETs'],
  ['GET', '/', 'x', 'X-Role: b\r\n'],
  ['GET', '/', 'x', 'x-role: a, b\r\n'],
  ['GET', '/', 'x', 'X-Role: a\r\nX-Role: b\r\n'],
  ['GET', '/', 'x', 'X-Role: c d\r\n'],
  ['GET', '/', 'x', 'X-Role: B\r\n'],
  ['GET', '/', 'x', 'X-Role: bb\r\n'],
  ['GET', '/', 'x', 'X-Debug: \r\n'],
  ['GET', '/', 'x', 'X-Debugger: 1\r\n'],
  ['GET', '/older/x'],
  ['GET', '/x/old'],
  // HAProxy keeps the port, and so redirects to a port without TLS.
  ['GET', '/s?t=u', 'shop.test', 'X-Tls: yes\r\n'],
  ['GET', '/', 'a.test'],
  ['GET', '/', 'A.Test:80'],
  ['GET', '/c', 'a.test'],
  ['GET', '/', 'x.a.test'],
  ['GET', '/', 'b.test'],
  ['GET', '/', 'x.y.B.test'],
  ['GET', '/', 'xb.test'],
  ['GET', '/c/d'],
  ['GET', '/d/c'],
  ['GET', 'http://a.test/', 'a.test'],
  ['GET', 'http://a.test/admin', 'a.test'],
]

const servers: Server[] = []
const ports: Record<string, number> = {}
const running: Partial<Record<'http' | 'tls', RunningLb>> = {}

async function listen(name: string, server: Server): Promise<number> {
  servers.push(server.listen(0, TEST_ADDRESS))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  ports[name] = port
  return port
}

/** A load balancer in front of the servers whose names have a prefix. */
function runWith(
  kind: 'http' | 'tls',
  routesTo: [string, DesiredRoute['match']][],
  acls: DesiredAcl[],
) {
  const protocol = kind === 'http' ? 'http' : 'tcp'
  const backends = NAMES.map((name) =>
    testBackend(ports[`${kind}-${name}`] ?? 0, { protocol, name }),
  )
  const lb = runLb(backends[0] as (typeof backends)[0])
  const routes = routesTo.flatMap(([name, match]) => {
    const backend = backends.find((one) => one.name === name)
    return backend ? [testRoute(backend, match)] : []
  })
  setRules(lb, { acls, routes }, backends.slice(1))
  running[kind] = lb
}

beforeAll(async () => {
  for (const name of NAMES) {
    await listen(
      `http-${name}`,
      createServer((_, response) => response.end(name)),
    )
    const tls = { key: TEST_CERTIFICATE.key, cert: TEST_CERTIFICATE.cert }
    await listen(
      `tls-${name}`,
      createTlsServer(tls, (socket) => socket.end(name)),
    )
  }
  runWith(
    'http',
    [
      ['a', { type: 'host', name: 'a.test', subdomains: false }],
      ['b', { type: 'host', name: 'b.test', subdomains: true }],
      ['c', { type: 'path_begin', path: '/c' }],
    ],
    ACLS,
  )
  runWith(
    'tls',
    [
      ['a', { type: 'sni', name: 'a.test', subdomains: false }],
      ['b', { type: 'sni', name: 'b.test', subdomains: true }],
    ],
    [],
  )
})

afterAll(() => {
  for (const server of servers) server.close()
  for (const { lb } of Object.values(running)) lb.retire()
})

const backendsOf = (kind: 'http' | 'tls', prefix: string) =>
  NAMES.map((name) => {
    const mode = kind === 'http' ? 'http' : 'tcp'
    const server = `server s ${TEST_ADDRESS}:${ports[`${kind}-${name}`]}`
    return `backend ${prefix}${name}\n  mode ${mode}\n  ${server}`
  }).join('\n')

/** The result of a request: status, location, and the server that served it. */
async function fate(
  proxy: { host: string; port: number },
  [method, target, host = 'x', fields = '']: (typeof REQUESTS)[number],
  localAddress: string,
): Promise<string> {
  const socket = connect({ ...proxy, localAddress })
  const length = method === 'POST' ? 'Content-Length: 0\r\n' : ''
  socket.write(
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}${length}Connection: close\r\n\r\n`,
  )
  const response = await text(socket)
  const status = /^HTTP\/1\.1 (\d+)/.exec(response)?.[1]
  const sentTo = /\r\nlocation: (.*)\r\n/i.exec(response)?.[1] ?? ''
  const served = status === '200' ? response.split('\r\n\r\n')[1] : ''
  return `${method} ${target} ${host}: ${status} ${sentTo} ${served}`
}

async function servedBy(
  target: { host: string; port: number },
  servername: string,
): Promise<string> {
  const socket = connectTls({
    ...target,
    ...(servername ? { servername } : {}),
    ca: TEST_CERTIFICATE.cert,
    checkServerIdentity: () => undefined,
  })
  return `${servername}: ${await text(socket)}`
}

describeWith(
  ['haproxy'],
  'HAProxy',
  (address) => {
    const sections = `
frontend http
  bind ${address}:${HTTP_PORT}${RULES}
frontend tls
  mode tcp
  bind ${address}:${TLS_PORT}
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend tls-a if { req.ssl_sni -i a.test }
  use_backend tls-b if { req.ssl_sni -i b.test } || { req.ssl_sni -i -m end .b.test }
  default_backend tls-own
${backendsOf('http', '')}
${backendsOf('tls', 'tls-')}`
    return startHaproxyWith({ address, port: HTTP_PORT }, sections)
  },
  (haproxy) => {
    test.each([TEST_ADDRESS, ELSEWHERE])('requests from %s', async (from) => {
      const theirs = { host: haproxy().address, port: HTTP_PORT }
      const ours = { host: TEST_ADDRESS, port: running.http?.port ?? 0 }
      const expected: string[] = []
      const actual: string[] = []
      for (const request of REQUESTS) {
        expected.push(await fate(theirs, request, from))
        actual.push(await fate(ours, request, from))
      }
      expect(actual).toEqual(expected)
      for (const status of ['200', '301', '308', '403']) {
        expect(expected.some((line) => line.includes(`: ${status} `))).toBe(true)
      }
    })

    test('TLS clients are routed by SNI', async () => {
      const theirs = { host: haproxy().address, port: TLS_PORT }
      const ours = { host: TEST_ADDRESS, port: running.tls?.port ?? 0 }
      const names = ['', 'a.test', 'A.test', 'x.a.test', 'b.test', 'x.y.b.test', 'xb.test']
      const expected = await Promise.all(names.map((name) => servedBy(theirs, name)))
      const actual = await Promise.all(names.map((name) => servedBy(ours, name)))
      expect(actual).toEqual(expected)
      expect(new Set(expected.map((line) => line.split(': ')[1]))).toEqual(
        new Set(['own', 'a', 'b']),
      )
    })
  },
)
