import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  lastRequest,
  sendBytes,
  sendInTurn,
  statusOf,
  type Target,
  valuesOf,
} from '#lib/testing/runtime/raw-requests.ts'
import { pathBegin, setRules, testAcl } from '#lib/testing/runtime/rules.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb } from '#lib/testing/runtime/sockets.ts'

// Compares the failover host with HAProxy's equivalent, a backup server with `redir`.

const PORT = 8080
const SERVER_PORT = 8080
const [SERVER = ''] = ownAddresses(1)
const HOST = 'sorry.example.com'

const ours = (backend: Partial<DesiredBackend> = {}) => {
  const { health_check } = testBackend(SERVER_PORT)
  const running = startLb(SERVER_PORT, {
    servers: [SERVER],
    failover_host: HOST,
    health_check: { ...health_check, retries: 1, delay: 20, transient_delay: 20 },
    ...backend,
  })
  return { ...running, target: { host: TEST_ADDRESS, port: running.port } }
}
const states = ({ lb }: ReturnType<typeof ours>) => lb.report().servers.map(({ state }) => state)
const location = (response: string) => valuesOf(response, 'location')[0] ?? ''

describeWith(
  ['haproxy'],
  'HAProxy',
  (address) => {
    const sections = `
listen web
  bind ${address}:${PORT}
  retries 0
  server s ${SERVER}:${SERVER_PORT} check inter 20 fall 1 rise 1
  server sorry ${SERVER}:1 redir http://${HOST} backup`
    return startHaproxyWith({ address, port: PORT }, sections)
  },
  (haproxy) => {
    test('GET and HEAD are redirected while all servers are down, and no longer', async () => {
      const running = ours()
      const theirs: Target = { host: haproxy().address, port: PORT }
      await until(() => states(running)[0] === 'down')
      const outcome = async (proxy: Target) => {
        const results: string[] = []
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
          for (const target of [
            '/',
            '/a/b%20c?d=e&f',
            '/?',
            '//evil.test/x',
            '/\\evil.test',
            '/a@b:c',
          ]) {
            const response = await sendBytes(proxy, lastRequest(method, target))
            results.push(`${method} ${target} ${statusOf(response)} ${location(response)}`)
          }
        }
        return results
      }
      await until(async () => location(await sendBytes(theirs, lastRequest('GET'))) !== '')
      const expected = await outcome(theirs)
      expect(await outcome(running.target)).toEqual(expected)
      expect(expected).toContain(`GET /a/b%20c?d=e&f 302 http://${HOST}/a/b%20c?d=e&f`)
      expect(expected).toContain('POST / 503 ')

      await httpServer((_, response) => response.end('ok'), { address: SERVER, port: SERVER_PORT })
      await until(() => states(running)[0] === 'up')
      expect(statusOf(await sendBytes(running.target, lastRequest('GET')))).toBe('200')
      await until(async () => statusOf(await sendBytes(theirs, lastRequest('GET'))) === '200')
    })
  },
)

test('HEAD gets no body, the redirect is counted, and the connection stays open', async () => {
  const running = ours()
  await until(() => states(running)[0] === 'down')
  const head = await sendBytes(running.target, lastRequest('HEAD'))
  expect(head.split('\r\n\r\n')[1]).toBe('')
  const kept = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'
  const [both = ''] = await sendInTurn(running.target, [`${kept}${lastRequest('GET', '/y')}`])
  expect([...both.matchAll(/location: (\S+)/gi)].map(([, to]) => to)).toEqual([
    `http://${HOST}/x`,
    `http://${HOST}/y`,
  ])
  expect(both).toMatch(/\r\nCache-Control: no-store\r\n/)
  const { frontend_counters, counters } = running.lb.report()
  const [frontend] = Object.values(frontend_counters)
  expect(frontend?.requests_redirected).toBe(3)
  expect([counters.requests_total, counters.responses[2], counters.proxy_errors]).toEqual([3, 3, 0])
})

test.each([
  ['the host itself', 'Sorry.Example.com:80', 503, ''],
  ['another', 'www.example.com', 302, `http://${HOST}/`],
])('a request for %s causes no redirect loop', async (_, host, status, to) => {
  const running = ours()
  await until(() => states(running)[0] === 'down')
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const response = await sendBytes(running.target, request)
  expect([statusOf(response), location(response)]).toEqual([String(status), to])
})

test('a backend without servers redirects; a full one and TCP do not', async () => {
  const empty = ours({ servers: [] })
  expect(location(await sendBytes(empty.target, lastRequest('GET')))).toBe(`http://${HOST}/`)

  const pending: ServerResponse[] = []
  const target = { address: SERVER, port: SERVER_PORT }
  await httpServer((_, response) => pending.push(response), target)
  const timeouts = { ...testBackend(1).timeouts, queue: 50 }
  const full = ours({ max_connections: 1, timeouts })
  const first = sendBytes(full.target, lastRequest('GET', '/held'))
  await until(() => pending.length === 1)
  expect(statusOf(await sendBytes(full.target, lastRequest('GET')))).toBe('503')
  pending[0]?.end('ok')
  expect(statusOf(await first)).toBe('200')

  const tcp = ours({ protocol: 'tcp', servers: [] })
  expect(await sendBytes(tcp.target, lastRequest('GET'))).toBe('')
})

test('queued clients are redirected when the last server goes down', async () => {
  const pending: ServerResponse[] = []
  const target = { address: SERVER, port: SERVER_PORT }
  const { server } = await httpServer((_, response) => pending.push(response), target)
  const timeouts = { ...testBackend(1).timeouts, queue: 60_000 }
  const running = ours({ max_connections: 1, timeouts })
  const first = sendBytes(running.target, lastRequest('GET', '/held'))
  await until(() => pending.length === 1)
  const second = sendBytes(running.target, lastRequest('GET', '/waits'))
  const queueLength = () => Object.values(running.lb.report().backend_counters)[0]?.queue_current
  await until(() => queueLength() === 1)
  server.close()
  expect(location(await second)).toBe(`http://${HOST}/waits`)
  expect(queueLength()).toBe(0)
  pending[0]?.end('ok')
  expect(statusOf(await first)).toBe('200')
})

test('an ACL that denies wins', async () => {
  const running = ours({ servers: [] })
  setRules(running, { acls: [testAcl(pathBegin('/no'))] })
  expect(statusOf(await sendBytes(running.target, lastRequest('GET', '/no')))).toBe('403')
  expect(statusOf(await sendBytes(running.target, lastRequest('GET', '/yes')))).toBe('302')
})
