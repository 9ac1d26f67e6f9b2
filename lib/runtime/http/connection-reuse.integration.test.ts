import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  lastRequest,
  sendBytes,
  sendInTurn,
  statusOf,
  type Target,
} from '#lib/testing/runtime/raw-requests.ts'
import { TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

// Compares the reuse of server connections with HAProxy's `http-reuse safe`.

const PORTS = { closing: 8081, keeping: 8082 }
const SERVER_PORT = 8080
const [CLOSING = '', KEEPING = ''] = ownAddresses(2)
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A server that counts requests by target, and connections. */
async function server(address: string, response: (socket: Socket) => void) {
  const requested = new Map<string, number>()
  const connections = new Set<Socket>()
  await tcpServer(
    (socket) => {
      let pending = ''
      socket.on('end', () => socket.end())
      socket.setEncoding('latin1').on('data', (data) => {
        pending += data
        const size =
          pending.indexOf('\r\n\r\n') + 4 + (/\r\ncontent-length: 2\r\n/i.test(pending) ? 2 : 0)
        if (size < 4 || pending.length < size) return
        const target = pending.split(' ', 2)[1] ?? ''
        pending = pending.slice(size)
        requested.set(target, (requested.get(target) ?? 0) + 1)
        connections.add(socket)
        response(socket)
      })
    },
    { address, port: SERVER_PORT },
  )
  return { requested, connections }
}

/** Closes after each response, without `Connection: close`. */
const closingServer = () => server(CLOSING, (socket) => socket.end(RESPONSE))
const keepingServer = () => server(KEEPING, (socket) => socket.write(RESPONSE))

const countBy = (statuses: string[]) =>
  Object.fromEntries(
    Map.groupBy(statuses, String)
      .entries()
      .map(([key, all]) => [key, all.length]),
  )

/** 16 parallel clients, each with 25 successive connections of one POST. */
async function firstPosts(target: Target, name: string): Promise<string[]> {
  const client = async (_: unknown, number: number) => {
    const statuses: string[] = []
    for (let index = 0; index < 25; index += 1) {
      const request = lastRequest('POST', `/${name}-${number}-${index}`, '', 'hi')
      statuses.push(statusOf(await sendBytes(target, request)))
    }
    return statuses
  }
  return (await Promise.all(Array.from({ length: 16 }, client))).flat()
}

const kept = (method: string, target: string) =>
  `${method} ${target} HTTP/1.1\r\nHost: a\r\n${method === 'POST' ? 'Content-Length: 2\r\n\r\nhi' : '\r\n'}`

/** 8 parallel clients, each with up to 25 requests on one connection. */
async function laterPosts(target: Target, name: string): Promise<string[]> {
  const client = (_: unknown, number: number) =>
    sendInTurn(
      target,
      Array.from({ length: 25 }, (_, index) => kept('POST', `/${name}-${number}-${index}`)),
    )
  return (await Promise.all(Array.from({ length: 8 }, client))).flat().map(statusOf)
}

describeWith(
  ['haproxy'],
  'HAProxy',
  (address) => {
    const sections = Object.entries({ closing: CLOSING, keeping: KEEPING }).map(
      ([name, server]) =>
        `listen ${name}\n  bind ${address}:${PORTS[name as keyof typeof PORTS]}\n  server s ${server}:${SERVER_PORT}`,
    )
    return startHaproxyWith({ address, port: PORTS.closing }, sections.join('\n'))
  },
  (haproxy) => {
    const theirs = (name: keyof typeof PORTS): Target => ({
      host: haproxy().address,
      port: PORTS[name],
    })
    const ours = (address: string) => {
      const { port, lb } = startLb(SERVER_PORT, { servers: [address] })
      return { target: { host: TEST_ADDRESS, port }, lb }
    }

    test('400 first POSTs to a server that closes unannounced: none is lost, and none is sent twice', async () => {
      const { requested } = await closingServer()
      expect(countBy(await firstPosts(theirs('closing'), 'haproxy'))).toEqual({ 200: 400 })
      expect(countBy(await firstPosts(ours(CLOSING).target, 'fairlead'))).toEqual({ 200: 400 })
      expect(requested.size).toBe(800)
      expect([...requested.values()].filter((times) => times !== 1)).toEqual([])
    })

    test('later POSTs to a server that closes right after use: none is lost; HAProxy may lose some', async () => {
      const { requested, connections } = await closingServer()
      const { target } = ours(CLOSING)
      for (const one of [theirs('closing'), target]) await sendInTurn(one, [kept('GET', '/')])
      await until(() => [...connections].every(({ destroyed }) => destroyed))
      const expected = await laterPosts(theirs('closing'), 'haproxy')
      // HAProxy closes the client's connection with the server's and leaves the retry to the client.
      expect(expected.filter((status) => status !== '200' && status !== '')).toEqual([])
      expect(countBy(await laterPosts(target, 'fairlead'))).toEqual({ 200: 200 })
      requested.delete('/')
      expect([...requested.values()].filter((times) => times !== 1)).toEqual([])
    })

    test('an idempotent request without a body is retried if its connection turns out to be closed', async () => {
      await closingServer()
      const { target, lb } = ours(CLOSING)
      const gets = Array.from({ length: 25 }, (_, index) => kept('GET', `/${index}`))
      const responses = await Promise.all([
        sendInTurn(target, gets),
        ...gets.map((get) => sendInTurn(target, [get])),
      ])
      expect(countBy(responses.flat().map(statusOf))).toEqual({ 200: 50 })
      const { counters, backend_counters } = lb.report()
      expect(counters.requests_total).toBe(50)
      expect(Object.values(backend_counters).map((it) => it.requests_total)).toEqual([50])
    })

    test('first POSTs get a connection each, later ones share, and GETs need just one', async () => {
      const { connections } = await keepingServer()
      const connectionsFor = async (target: Target, ...clients: string[][]) => {
        const before = connections.size
        for (const requests of clients) {
          const statuses = (await sendInTurn(target, requests)).map(statusOf)
          expect(statuses).toEqual(requests.map(() => '200'))
        }
        return connections.size - before
      }
      const { target } = ours(KEEPING)
      const posts = Array.from({ length: 10 }, (_, index) => kept('POST', `/${index}`))
      const gets = posts.map(() => kept('GET', '/'))
      expect(await connectionsFor(theirs('keeping'), posts)).toBe(1)
      expect(await connectionsFor(target, posts)).toBe(1)
      expect(await connectionsFor(theirs('keeping'), ...posts.map((one) => [one]))).toBe(10)
      expect(await connectionsFor(target, ...posts.map((one) => [one]))).toBe(10)
      // A POST after a GET is a later request of the client connection.
      expect(await connectionsFor(target, ...gets.map((one) => [one, ...posts]))).toBe(0)
    })
  },
)

test('a retried request counts once in every counter', async () => {
  const closed = new Set<Socket>()
  await server(KEEPING, (socket) => {
    // Closes at the second request of a connection without a response.
    if (closed.has(socket)) socket.destroy()
    else socket.write(RESPONSE)
    closed.add(socket)
  })
  const { port, lb } = startLb(SERVER_PORT, { servers: [KEEPING] })
  const target = { host: TEST_ADDRESS, port }
  const gets = Array.from({ length: 6 }, () => kept('GET', '/'))
  expect((await sendInTurn(target, gets)).map(statusOf)).toEqual(gets.map(() => '200'))
  const { counters, server_counters, backend_counters } = lb.report()
  const [retried = 0] = Object.values(backend_counters).map(({ retries }) => retries)
  expect(retried).toBeGreaterThan(0)
  for (const counted of [
    counters,
    ...Object.values(backend_counters),
    ...Object.values(server_counters),
  ]) {
    expect([counted.requests_total, counted.responses[1]]).toEqual([6, 6])
  }
})
