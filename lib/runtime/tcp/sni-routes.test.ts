import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { ALLOW, setRules, testAcl, testRoute } from '#lib/testing/runtime/rules.ts'
import {
  type RunningLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const tcp = { protocol: 'tcp' } as const

/** A server that sends its name at once, and then all that it receives. */
async function namedBackend(name: string): Promise<DesiredBackend> {
  const port = await tcpServer((socket) => {
    socket.write(`${name}:`)
    socket.pipe(socket)
  })
  return testBackend(port, tcp)
}

/** A load balancer with the backend `own`, and routes to `a` for a.test and to `b` for b.test and its subdomains. */
async function start(): Promise<RunningLb> {
  const [own, a, b] = await Promise.all(['own', 'a', 'b'].map(namedBackend))
  if (!own || !a || !b) throw new Error('no backend')
  const running = startLb(own.port, tcp)
  const routes = [
    testRoute(a, { type: 'sni', name: 'A.test', subdomains: false }),
    testRoute(a, { type: 'sni', name: 'bücher.test.', subdomains: false }),
    testRoute(b, { type: 'sni', name: 'b.test', subdomains: true }),
    // Ignored: the frontend's backend is in TCP mode.
    testRoute(a, { type: 'path_begin', path: '/' }),
    testRoute({ ...a, id: 'gone' }, { type: 'sni', name: 'own.test', subdomains: false }),
  ]
  setRules(running, { routes }, [a, b])
  return running
}

/** The ClientHello of a TLS client. */
async function helloFor(servername: string): Promise<Buffer> {
  const port = await tcpServer((socket) => heard(socket))
  let heard: (socket: Socket) => void = () => {}
  const hello = new Promise<Buffer>((resolve) => {
    heard = (socket) => socket.once('data', resolve)
  })
  const client = tlsConnect({ port, host: TEST_ADDRESS, servername, rejectUnauthorized: false })
  client.on('error', () => {})
  onTestFinished(() => {
    client.destroy()
  })
  return hello
}

function reader(socket: Socket) {
  const got = { text: '', bytes: Buffer.alloc(0) }
  socket.on('data', (data: Buffer) => {
    got.bytes = Buffer.concat([got.bytes, data])
    got.text = got.bytes.toString('latin1')
  })
  return got
}

test.each([
  ['a.test', 'a'],
  ['A.TEST', 'a'],
  ['xn--bcher-kva.test', 'a'],
  ['x.a.test', 'own'],
  ['b.test', 'b'],
  ['x.y.b.test', 'b'],
  ['xb.test', 'own'],
  ['own.test', 'own'],
])('%s is routed to %s, and all its data is forwarded', async (name, server) => {
  const { port } = await start()
  const hello = await helloFor(name)
  const socket = await tcpClient(port)
  const got = reader(socket)
  socket.write(hello)
  await until(() => got.bytes.length === server.length + 1 + hello.length)
  expect(got.bytes.equals(Buffer.concat([Buffer.from(`${server}:`), hello]))).toBe(true)
})

test('an SNI that arrives byte by byte, in many records, with data after it', async () => {
  const { port } = await start()
  const hello = await helloFor('a.test')
  const handshake = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < handshake.length; at += 50) {
    const part = handshake.subarray(at, at + 50)
    records.push(Buffer.from([22, 3, 1, 0, part.length]), part)
  }
  const all = Buffer.concat([...records, Buffer.from('and more')])
  const socket = await tcpClient(port)
  const got = reader(socket)
  for (const byte of all) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve))
  }
  await until(() => got.bytes.length === 2 + all.length)
  expect(got.bytes.equals(Buffer.concat([Buffer.from('a:'), all]))).toBe(true)
})

test.each<[string, Buffer]>([
  ['no TLS', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  [
    'a record that is too long',
    Buffer.concat([Buffer.from([22, 3, 1, 255, 255]), Buffer.alloc(16_400)]),
  ],
  ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0])],
])('%s goes to the frontend’s own backend', async (_, bytes) => {
  const { port } = await start()
  const socket = await tcpClient(port)
  const got = reader(socket)
  socket.write(bytes)
  await until(() => got.bytes.length === 4 + bytes.length)
  expect(got.bytes.equals(Buffer.concat([Buffer.from('own:'), bytes]))).toBe(true)
})

test('a client that half-closes, or sends nothing in time, is routed to the frontend’s own backend', async () => {
  const running = await start()
  const ending = await tcpClient(running.port)
  const ended = reader(ending)
  ending.end(Buffer.from([22, 3]))
  await until(() => ended.text === 'own:\x16\x03')
  await until(() => ending.closed)

  const [frontend] = running.lb.config.frontends
  if (!frontend) throw new Error('no frontend')
  running.change({ frontends: [{ ...frontend, client_timeout: 300 }] })
  const silent = await tcpClient(running.port)
  const got = reader(silent)
  const before = performance.now()
  await until(() => got.text === 'own:')
  expect(performance.now() - before).toBeGreaterThan(250)
})

test('a client that disconnects before its SNI is released', async () => {
  const { port, lb } = await start()
  const first = await tcpClient(port)
  first.write(Buffer.from([22, 3, 1]))
  await until(() => lb.sessions === 1)
  first.resetAndDestroy()
  await expect.poll(() => lb.sessions).toBe(0)
  const second = await tcpClient(port)
  await until(() => lb.sessions === 1)
  lb.shutDown()
  await until(() => second.closed)
  await expect.poll(() => lb.sessions).toBe(0)
})

test('removing a route keeps its connections, and its backend gets no new ones', async () => {
  const running = await start()
  const hello = await helloFor('a.test')
  const kept = await tcpClient(running.port)
  const got = reader(kept)
  kept.write(hello)
  await until(() => got.bytes.length === 2 + hello.length)
  setRules(running, {})
  kept.write('still there')
  await until(() => got.text.endsWith('still there'))
  const next = await tcpClient(running.port)
  const other = reader(next)
  next.write(hello)
  await until(() => other.bytes.length === 4 + hello.length)
  expect(other.text.startsWith('own:')).toBe(true)
})

test('a denied connection is reset and counted, and existing connections stay', async () => {
  const running = await start()
  const kept = await tcpClient(running.port)
  const got = reader(kept)
  kept.write('hello')
  await until(() => got.text === 'own:hello')
  // Ignored: TCP mode has no paths.
  const aboutPaths = testAcl({ http: { type: 'path_begin', values: ['/'] } }, ALLOW)
  setRules(running, { acls: [aboutPaths, testAcl({ sources: ['127.0.0.0/8'] })] })
  const denied = connect(running.port, TEST_ADDRESS)
  const [error] = (await once(denied, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  kept.write(' again')
  await until(() => got.text === 'own:hello again')
  setRules(running, { acls: [testAcl({ sources: [TEST_ADDRESS] }, ALLOW), testAcl({})] })
  const allowed = await tcpClient(running.port)
  const reply = reader(allowed)
  await until(() => reply.text === 'own:')
  const [counters] = Object.values(running.lb.report().frontend_counters)
  expect(counters).toMatchObject({ connections_denied: 1, connections_current: 2 })
})
