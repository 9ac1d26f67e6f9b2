import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { HTTP_TIMEOUTS, limitConnections } from './http-limits.ts'

const ended: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

/** More than the system keeps of an answer that nobody reads. */
const LARGE = Buffer.alloc(32 * 1024 * 1024)

/** A server with at most `max` connections, whose requests to /wait are answered when the test says so. */
async function serve(max: number, timeouts = {}, unreadMs?: number) {
  const waiting: ServerResponse[] = []
  const server = createServer({ ...HTTP_TIMEOUTS, ...timeouts }, (request, response) => {
    if (request.url === '/wait') waiting.push(response)
    else if (request.url === '/large') response.end(LARGE)
    else response.end('ok')
  })
  limitConnections(server, max, unreadMs)
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
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
  return { waiting, open, connections }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

test('one connection too many takes the place of the one that has waited longest for a request', async () => {
  const { waiting, open, connections } = await serve(3)
  const asking = await open()
  asking.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(1)
  const first = await open()
  await expect.poll(connections).toBe(2)
  const second = await open()
  await expect.poll(connections).toBe(3)

  // A request puts the first one behind the second.
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

test('where all connections are being answered, a new one is closed', async () => {
  const { waiting, open } = await serve(2)
  const asking = [await open(), await open()]
  for (const socket of asking) socket.write(get('/wait'))
  await expect.poll(() => waiting.length).toBe(2)
  const refused = await open()
  await once(refused.resume(), 'close')
  for (const response of waiting) response.end('late')
  for (const socket of asking) expect(String(await once(socket, 'data'))).toMatch(/late$/)
})

test('answers that nobody reads keep no new connection out', async () => {
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

test('an answer that nobody reads ends, one that is not there yet does not', async () => {
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

test('a head and a body that don’t come in time end with 408', async () => {
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
  // What the servers are started with.
  expect(HTTP_TIMEOUTS).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 })
})
