import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { HTTP_TIMEOUTS, limitConnections } from './http-limits.ts'

const ended: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

/** More than the kernel buffers of an unread response. */
const LARGE = Buffer.alloc(32 * 1024 * 1024)

/** Listens, and returns how to open a connection. Both end with the test. */
async function listen(server: Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ended.push(() => server.closeAllConnections())
  ended.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    ended.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return open
}

/** A server with at most `max` connections. The test decides when requests to /wait get a response. */
async function serve(max: number, timeouts = {}, unreadMs?: number) {
  const waiting: ServerResponse[] = []
  const server = createServer({ ...HTTP_TIMEOUTS, ...timeouts }, (request, response) => {
    if (request.url === '/wait') waiting.push(response)
    else if (request.url === '/large') response.end(LARGE)
    else response.end('ok')
  })
  limitConnections(server, max, unreadMs)
  const open = await listen(server)
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
  return { waiting, open, connections }
}

/** Like `serve`, over TLS. `open` leaves the handshake to `secure`. */
async function serveTls(max: number) {
  const { key, cert } = TEST_CERTIFICATE
  const server = createTlsServer({ ...HTTP_TIMEOUTS, key, cert }, (_request, response) => {
    response.end('ok')
  })
  limitConnections(server, max)
  const open = await listen(server)
  const secure = async (): Promise<TLSSocket> => {
    const socket = connectTls({ socket: await open(), rejectUnauthorized: false })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    return socket
  }
  return { open, secure }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

test('a connection over the limit evicts the one that has been idle longest', async () => {
  const { waiting, open, connections } = await serve(3)
  const asking = await open()
  asking.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(1)
  const first = await open()
  await expect.poll(connections).toBe(2)
  const second = await open()
  await expect.poll(connections).toBe(3)

  // A request makes the first one idle for less long than the second.
  first.write(get('/'))
  await once(first, 'data')
  const closed = once(second.resume(), 'close')
  const third = await open()
  await closed
  third.write(get('/'))
  expect(String(await once(third, 'data'))).toMatch(/^HTTP\/1.1 200 /)
  expect(await connections()).toBe(3)
  waiting[0]?.end('late')
  expect(String(await once(asking, 'data'))).toMatch(/late$/)
})

test('a new connection is closed if all have a request in progress', async () => {
  const { waiting, open } = await serve(2)
  const asking = [await open(), await open()]
  for (const socket of asking) socket.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(2)
  const refused = await open()
  await once(refused.resume(), 'close')
  for (const response of waiting) response.end('late')
  for (const socket of asking) expect(String(await once(socket, 'data'))).toMatch(/late$/)
})

test('unread responses keep no new connection out', async () => {
  const { waiting, open, connections } = await serve(3)
  const asking = await open()
  asking.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(1)
  for (const path of ['/large', '/large']) {
    const socket = await open()
    socket.pause().write(get(path))
    await expect.poll(() => socket.readableLength).toBeGreaterThan(0)
  }
  await expect.poll(connections).toBe(3)
  const third = await open()
  third.write(get('/'))
  expect(String(await once(third, 'data'))).toMatch(/^HTTP\/1.1 200 /)
  waiting[0]?.end('late')
  expect(String(await once(asking, 'data'))).toMatch(/late$/)
})

test('a connection with an unread response is closed, one that waits for its response is not', async () => {
  const { waiting, open, connections } = await serve(10, { keepAliveTimeout: 20 }, 50)
  const asking = await open()
  asking.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(1)
  const idle = await open()
  idle.write(get('/'))
  await once(idle, 'data')
  const unread = await open()
  unread.pause().write(get('/large'))
  await once(idle.resume(), 'close')
  await expect.poll(connections).toBe(1)
  waiting[0]?.end('late')
  expect(String(await once(asking, 'data'))).toMatch(/late$/)
})

test('a head and a body that don’t arrive in time get 408', async () => {
  const short = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 }
  const { open } = await serve(10, short)
  const begun = [
    '',
    'GET / HTTP/1.1\r\nHost: ',
    'POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc',
  ]
  for (const bytes of begun) {
    const socket = await open()
    socket.write(bytes)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /)
  }
  // The production timeouts.
  expect(HTTP_TIMEOUTS).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 })
})

test('connections whose TLS handshake does not begin keep no client out', async () => {
  const { open, secure } = await serveTls(3)
  const idle = await secure()
  const silent = [await open(), await open()]
  // A request puts the first one behind those that are silent.
  idle.write(get('/'))
  expect(String(await once(idle, 'data'))).toMatch(/^HTTP\/1.1 200 /)
  const closed = silent.map((socket) => once(socket.resume(), 'close'))
  const more = [await secure(), await secure()]
  await Promise.all(closed)
  for (const socket of [...more, idle]) {
    socket.write(get('/'))
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1.1 200 /)
  }
})

test('a connection over TLS counts once, and no more after its end', async () => {
  const { secure } = await serveTls(2)
  const kept = await secure()
  for (let at = 0; at < 5; at += 1) {
    const socket = await secure()
    socket.write(get('/'))
    await once(socket, 'data')
    socket.end()
    await once(socket.resume(), 'close')
  }
  kept.write(get('/'))
  expect(String(await once(kept, 'data'))).toMatch(/^HTTP\/1.1 200 /)
})
