import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

// One of three servers refuses connections, and its health check passes: no client sees an error.

const CLIENTS = 20
const [REFUSING, ...SERVING] = ['127.0.56.1', '127.0.56.2', '127.0.56.3']

/** Health checks use another port, where all servers accept connections. */
async function start(backend: Partial<DesiredBackend>) {
  const port = await freePort()
  for (const address of SERVING) {
    await httpServer((requests, response) => requests.pipe(response), { address, port })
  }
  const { health_check } = testBackend(await tcpServer((it) => it.end(), { address: '0.0.0.0' }))
  const servers = [REFUSING ?? '', ...SERVING]
  const running = startLb(port, { servers, health_check, ...backend })
  await until(() => running.lb.report().servers.every(({ state }) => state === 'up'))
  return running
}

/** Sends requests from several clients. @returns the number of each result */
async function countResults(
  each: number,
  request: () => Promise<string>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const client = async () => {
    for (let index = 0; index < each; index += 1) {
      const response = await request().catch(String)
      counts[response] = (counts[response] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return counts
}

async function post(port: number, agent: Agent | false): Promise<string> {
  const body = randomUUID()
  const requests = request({ host: TEST_ADDRESS, port, agent, method: 'POST' })
  requests.end(body)
  const [response] = (await once(requests, 'response')) as [IncomingMessage]
  const echoed = (await text(response)) === body
  return `${response.statusCode} ${echoed ? 'echoed' : 'changed'}`
}

test.each([
  ['roundrobin', 50],
  ['leastconn', 15],
  ['first', 15],
] as const)('HTTP, %s: no error, on new connections and on kept ones', async (algorithm, each) => {
  const { port, lb } = await start({ algorithm })
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  onTestFinished(() => agent.destroy())
  const all = { '200 echoed': CLIENTS * each }
  expect(await countResults(each, () => post(port, agent))).toEqual(all)
  expect(await countResults(each, () => post(port, false))).toEqual(all)
  const { counters } = lb.report()
  expect(counters.connect_failures).toBeGreaterThan(0)
  expect(counters.proxy_errors).toBe(0)
})

test('TCP: no error', async () => {
  const { port, lb } = await start({ protocol: 'tcp' })
  expect(await countResults(40, () => post(port, false))).toEqual({ '200 echoed': CLIENTS * 40 })
  const { counters } = lb.report()
  expect(counters.connect_failures).toBeGreaterThan(0)
  expect(counters.proxy_errors).toBe(0)
})

/** A server that resets connections after it has read a request. Records what it has received. */
async function resettingServer(address: string, port: number, received: string[], kept: number) {
  await tcpServer(
    (socket) => {
      let responses = 0
      socket.on('data', (data) => {
        const [, id] = /^Id: (\S+)\r$/m.exec(String(data)) ?? []
        if (id) received.push(id)
        if (responses >= kept) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        responses += 1
      })
    },
    { address, port },
  )
}

test.each([
  ['at once', 0],
  ['at its second request', 1],
])('a POST that the server resets %s is delivered at most once', async (_, kept) => {
  const port = await freePort()
  const received: string[] = []
  for (const address of SERVING) await resettingServer(address, port, received, kept)
  const { port: frontend } = startLb(port, { servers: SERVING, max_retries: 3 })
  const requests = Array.from({ length: 200 }, () => randomUUID())
  const statuses = new Map<string, number>()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  for (const id of requests) {
    const options = { host: TEST_ADDRESS, port: frontend, agent, method: 'POST' }
    const post = request({ ...options, headers: { Id: id } }).end('x')
    const [response] = (await once(post, 'response')) as [IncomingMessage]
    await text(response)
    const status = String(response.statusCode)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  const twice = received.filter((id, index) => received.indexOf(id) !== index)
  expect(twice).toEqual([])
  expect(received).toHaveLength(requests.length)
  expect(statuses.get('502')).toBeGreaterThan(0)
  expect([...statuses.keys()].sort()).toEqual(kept === 0 ? ['502'] : ['200', '502'])
})
