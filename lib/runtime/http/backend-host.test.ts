import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { sendBytes, statusOf, type Target } from '#lib/testing/runtime/raw-requests.ts'
import { ALLOW, DENY, header, setRules, testAcl, testRoute } from '#lib/testing/runtime/rules.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient } from '#lib/testing/runtime/sockets.ts'

// The Host that servers receive.

const HOST = 'app.example:8443'

/** A server that responds with its name, and with the Host and X-Forwarded-Host that it received. */
async function server(name = 'own'): Promise<number> {
  const { port } = await httpServer(({ headers }, response) => {
    response.end(`${name} ${headers.host} ${headers['x-forwarded-host'] ?? 'none'}`)
  })
  return port
}

const targetOf = ({ port }: { port: number }): Target => ({ host: TEST_ADDRESS, port })
const get = (host: string, fields = 'Connection: close\r\n') =>
  `GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`
const bodyOf = (response: string) => response.split('\r\n\r\n')[1]

test('servers receive the configured host, normalised, instead of the client’s', async () => {
  const running = startLb(await server(), { host: 'Bücher.Example.:0080' })
  const response = await sendBytes(targetOf(running), get('shop.test:80'))
  expect(bodyOf(response)).toBe('own xn--bcher-kva.example:80 shop.test:80')
})

test('ACLs and routes match the client’s Host', async () => {
  const running = startLb(await server(), { host: HOST })
  const other = testBackend(await server('other'), { host: 'other.example' })
  const routes = [testRoute(other, { type: 'host', name: 'b.test', subdomains: false })]
  const acls = [testAcl(header('host', 'denied.test', 'app.example'), DENY), testAcl({}, ALLOW)]
  setRules(running, { acls, routes }, [other])
  const request = (host: string) => sendBytes(targetOf(running), get(host))
  expect(bodyOf(await request('a.test'))).toBe(`own ${HOST} a.test`)
  expect(bodyOf(await request('b.test'))).toBe('other other.example b.test')
  expect(statusOf(await request('denied.test'))).toBe('403')
  expect(statusOf(await request('app.example'))).toBe('403')
})

test('a changed host applies to the next request of a connection', async () => {
  const running = startLb(await server(), { host: HOST })
  const socket = await tcpClient(running.port)
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  const next = async () => {
    text = ''
    socket.write(get('a.test', ''))
    await until(() => /own \S+ \S+$/.test(text))
    return bodyOf(text)
  }
  expect(await next()).toBe(`own ${HOST} a.test`)
  const [backend] = running.lb.config.backends as [DesiredBackend]
  running.change({ backends: [{ ...backend, host: 'new.example' }] })
  expect(await next()).toBe('own new.example a.test')
  running.change({ backends: [{ ...backend, host: null }] })
  expect(await next()).toBe('own a.test none')
  socket.end()
})

test('upgrade requests have the configured host, too', async () => {
  const { server: origin, port } = await httpServer(() => {})
  const upgraded = once(origin, 'upgrade')
  const running = startLb(port, { host: HOST })
  const socket = await tcpClient(running.port)
  socket.write(get('a.test', 'Connection: upgrade\r\nUpgrade: chat\r\n'))
  const [request, accepted] = await upgraded
  expect([request.headers.host, request.headers['x-forwarded-host']]).toEqual([HOST, 'a.test'])
  accepted.destroy()
})

test('an invalid host is ignored, and reported as a problem', async () => {
  const running = startLb(await server(), { host: 'a b' })
  expect(bodyOf(await sendBytes(targetOf(running), get('a.test')))).toBe('own a.test none')
  expect(running.lb.report().problems).toEqual([
    'Backend "web" passes the client\'s Host on: the configured host is not a host name.',
  ])
})
