import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  answersInTurn,
  answerTo,
  lastRequest,
  type Place,
  statusOf,
} from '#lib/testing/runtime/raw-requests.ts'
import { TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

// Compares the reuse of server connections with HAProxy's `http-reuse safe`.

const PORTS = { closing: 8081, keeping: 8082 }
const SERVER_PORT = 8080
const [CLOSING = '', KEEPING = ''] = ownAddresses(2)
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A server that counts requests by target, and connections. */
async function server(address: string, answer: (socket: Socket) => void) {
  const asked = new Map<string, number>()
  const connections = new Set<Socket>()
  await tcpServer(
    (socket) => {
      let held = ''
      socket.on('end', () => socket.end())
      socket.setEncoding('latin1').on('data', (data) => {
        held += data
        const size =
          held.indexOf('\r\n\r\n') + 4 + (/\r\ncontent-length: 2\r\n/i.test(held) ? 2 : 0)
        if (size < 4 || held.length < size) return
        const target = held.split(' ', 2)[1] ?? ''
        held = held.slice(size)
        asked.set(target, (asked.get(target) ?? 0) + 1)
        connections.add(socket)
        answer(socket)
      })
    },
    { address, port: SERVER_PORT },
  )
  return { asked, connections }
}

/** Closes after each response, without `Connection: close`. */
const closingServer = () => server(CLOSING, (socket) => socket.end(ANSWER))
const keepingServer = () => server(KEEPING, (socket) => socket.write(ANSWER))

const tally = (statuses: string[]) =>
  Object.fromEntries(
    Map.groupBy(statuses, String)
      .entries()
      .map(([key, all]) => [key, all.length]),
  )

/** 16 parallel clients, each with 25 successive connections of one POST. */
async function firstPosts(place: Place, name: string): Promise<string[]> {
  const client = async (_: unknown, number: number) => {
    const statuses: string[] = []
    for (let index = 0; index < 25; index += 1) {
      const request = lastRequest('POST', `/${name}-${number}-${index}`, '', 'hi')
      statuses.push(statusOf(await answerTo(place, request)))
    }
    return statuses
  }
  return (await Promise.all(Array.from({ length: 16 }, client))).flat()
}

const kept = (method: string, target: string) =>
  `${method} ${target} HTTP/1.1\r\nHost: a\r\n${method === 'POST' ? 'Content-Length: 2\r\n\r\nhi' : '\r\n'}`

/** 8 parallel clients, each with up to 25 requests on one connection. */
async function laterPosts(place: Place, name: string): Promise<string[]> {
  const client = (_: unknown, number: number) =>
    answersInTurn(
      place,
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
    const theirs = (name: keyof typeof PORTS): Place => ({
      host: haproxy().address,
      port: PORTS[name],
    })
    const ours = (address: string) => {
      const { port, lb } = startLb(SERVER_PORT, { servers: [address] })
      return { place: { host: TEST_ADDRESS, port }, lb }
    }

    test('400 first POSTs to a server that closes unannounced: none is lost, none is sent twice', async () => {
      const { asked } = await closingServer()
      expect(tally(await firstPosts(theirs('closing'), 'haproxy'))).toEqual({ 200: 400 })
      expect(tally(await firstPosts(ours(CLOSING).place, 'fairlead'))).toEqual({ 200: 400 })
      expect(asked.size).toBe(800)
      expect([...asked.values()].filter((times) => times !== 1)).toEqual([])
    })

    test('later POSTs to a server that closes right after use: none is lost; HAProxy may lose some', async () => {
      const { asked, connections } = await closingServer()
      const { place } = ours(CLOSING)
      for (const one of [theirs('closing'), place]) await answersInTurn(one, [kept('GET', '/')])
      await until(() => [...connections].every(({ destroyed }) => destroyed))
      const expected = await laterPosts(theirs('closing'), 'haproxy')
      // HAProxy closes the client's connection with the server's and leaves the retry to the client.
      expect(expected.filter((status) => status !== '200' && status !== '')).toEqual([])
      expect(tally(await laterPosts(place, 'fairlead'))).toEqual({ 200: 200 })
      asked.delete('/')
      expect([...asked.values()].filter((times) => times !== 1)).toEqual([])
    })

    test('a repeatable request is retried if its connection turns out to be closed', async () => {
      await closingServer()
      const { place, lb } = ours(CLOSING)
      const gets = Array.from({ length: 25 }, (_, index) => kept('GET', `/${index}`))
      const answers = await Promise.all([
        answersInTurn(place, gets),
        ...gets.map((get) => answersInTurn(place, [get])),
      ])
      expect(tally(answers.flat().map(statusOf))).toEqual({ 200: 50 })
      const { counters, backend_counters } = lb.report()
      expect(counters.requests_total).toBe(50)
      expect(Object.values(backend_counters).map((it) => it.requests_total)).toEqual([50])
    })

    test('first POSTs get a connection each, later ones share, and GETs need just one', async () => {
      const { connections } = await keepingServer()
      const used = async (place: Place, ...clients: string[][]) => {
        const before = connections.size
        for (const requests of clients) {
          const statuses = (await answersInTurn(place, requests)).map(statusOf)
          expect(statuses).toEqual(requests.map(() => '200'))
        }
        return connections.size - before
      }
      const { place } = ours(KEEPING)
      const posts = Array.from({ length: 10 }, (_, index) => kept('POST', `/${index}`))
      const gets = posts.map(() => kept('GET', '/'))
      expect(await used(theirs('keeping'), posts)).toBe(1)
      expect(await used(place, posts)).toBe(1)
      expect(await used(theirs('keeping'), ...posts.map((one) => [one]))).toBe(10)
      expect(await used(place, ...posts.map((one) => [one]))).toBe(10)
      // A POST after a GET is a later request of the client connection.
      expect(await used(place, ...gets.map((one) => [one, ...posts]))).toBe(0)
    })
  },
)

test('a retried request counts once in every counter', async () => {
  const died = new Set<Socket>()
  await server(KEEPING, (socket) => {
    // Closes at the second request of a connection without a response.
    if (died.has(socket)) socket.destroy()
    else socket.write(ANSWER)
    died.add(socket)
  })
  const { port, lb } = startLb(SERVER_PORT, { servers: [KEEPING] })
  const place = { host: TEST_ADDRESS, port }
  const gets = Array.from({ length: 6 }, () => kept('GET', '/'))
  expect((await answersInTurn(place, gets)).map(statusOf)).toEqual(gets.map(() => '200'))
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
