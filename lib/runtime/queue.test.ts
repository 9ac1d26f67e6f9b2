import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const url = (port: number, path = '/') => `http://${TEST_ADDRESS}:${port}${path}`
const queueTimeout = (queue: number) => ({ timeouts: { ...testBackend(1).timeouts, queue } })

/** HTTP servers whose requests are pending until the test responds. */
async function startServers(backend: Partial<DesiredBackend>, addresses = [TEST_ADDRESS]) {
  const port = await freePort()
  const pending: { path: string; response: ServerResponse }[] = []
  for (const address of addresses) {
    await httpServer(
      ({ url: path = '' }, response) => {
        pending.push({ path, response })
      },
      { address, port },
    )
  }
  const running = startLb(port, { servers: addresses, ...queueTimeout(10_000), ...backend })
  return { ...running, pending }
}

describe('HTTP', () => {
  test('queued clients are served in order of arrival', async () => {
    const { port, pending } = await startServers({ max_connections: 1 })
    const requests: Promise<string>[] = []
    for (let index = 0; index < 6; index += 1) {
      const client = await tcpClient(port)
      requests.push(new Promise((resolve) => client.on('data', (data) => resolve(String(data)))))
      client.write(`GET /${index} HTTP/1.1\r\nHost: test\r\n\r\n`)
      if (index === 0) await until(() => pending.length === 1)
    }
    const order: string[] = []
    for (let index = 0; index < 6; index += 1) {
      await until(() => pending.length === 1)
      const [next] = pending.splice(0)
      order.push(next?.path ?? '')
      next?.response.end()
    }
    expect(order).toEqual(['/0', '/1', '/2', '/3', '/4', '/5'])
    for (const response of await Promise.all(requests)) expect(response).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('100 concurrent clients never exceed the limit, and all are served', async () => {
    const port = await freePort()
    const servers = ['127.0.57.1', '127.0.57.2']
    const most = new Map<string, number>()
    for (const address of servers) {
      let current = 0
      await httpServer(
        (_, response) => {
          current += 1
          most.set(address, Math.max(most.get(address) ?? 0, current))
          setTimeout(() => {
            current -= 1
            response.end('ok')
          }, 2)
        },
        { address, port },
      )
    }
    const backend = { servers, max_connections: 5, ...queueTimeout(30_000) }
    const { port: frontend, lb } = startLb(port, backend)
    const request = async () => {
      for (let index = 0; index < 3; index += 1) {
        const response = await fetch(url(frontend))
        expect([response.status, await response.text()]).toEqual([200, 'ok'])
      }
    }
    await Promise.all(Array.from({ length: 100 }, request))
    for (const address of servers) expect(most.get(address)).toBeLessThanOrEqual(5)
    const counters = Object.values(lb.report().server_counters)
    expect(counters.map((it) => it.connections_current)).toEqual([0, 0])
  })

  test('queued clients get 503 after the queue timeout', async () => {
    const { port, pending } = await startServers({ max_connections: 1, ...queueTimeout(200) })
    const first = fetch(url(port))
    await until(() => pending.length === 1)
    const from = performance.now()
    const others = await Promise.all(Array.from({ length: 5 }, () => fetch(url(port))))
    expect(performance.now() - from).toBeGreaterThan(190)
    expect(others.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503])
    pending[0]?.response.end('late')
    expect(await (await first).text()).toBe('late')
  })

  test('a client that disconnects leaves the queue, and is not counted', async () => {
    const { port, pending, lb } = await startServers({ max_connections: 1 })
    const first = fetch(url(port, '/first'))
    await until(() => pending.length === 1)
    const leaver = await tcpClient(port)
    leaver.write('GET /leaver HTTP/1.1\r\nHost: test\r\n\r\n')
    await until(() => lb.report().counters.requests_total === 2)
    const last = fetch(url(port, '/last'))
    await until(() => lb.report().counters.requests_total === 3)
    leaver.resetAndDestroy()
    await until(() => lb.sessions === 2)
    pending[0]?.response.end()
    await first
    await until(() => pending.length === 2)
    expect(pending[1]?.path).toBe('/last')
    pending[1]?.response.end()
    expect((await last).status).toBe(200)
  })

  test.each([
    ['a higher limit', { max_connections: 2 }],
    ['no limit', { max_connections: null }],
    ['another server', { servers: [TEST_ADDRESS, '127.0.57.3'] }],
  ])('%s dispatches queued clients', async (_, change) => {
    const running = await startServers({ max_connections: 1, servers: [TEST_ADDRESS] }, [
      TEST_ADDRESS,
      '127.0.57.3',
    ])
    const requests = [fetch(url(running.port)), fetch(url(running.port))]
    await until(() => running.lb.report().counters.requests_total === 2)
    await until(() => running.pending.length === 1)
    running.change({ backends: running.lb.config.backends.map((it) => ({ ...it, ...change })) })
    await until(() => running.pending.length === 2)
    for (const { response } of running.pending) response.end()
    for (const response of await Promise.all(requests)) expect(response.status).toBe(200)
  })

  test('queued clients get 503 when the only server goes down', async () => {
    const port = await freePort()
    const { server } = await httpServer(() => {}, { port })
    const health_check = { ...testBackend(port).health_check, delay: 20, transient_delay: 10 }
    const backend = { max_connections: 1, health_check, ...queueTimeout(500) }
    const { port: frontend, lb } = startLb(port, backend)
    await until(() => lb.report().servers[0]?.state === 'up')
    const holder = await tcpClient(frontend)
    holder.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    await until(() => lb.report().counters.requests_total === 1)
    const waiting = fetch(url(frontend))
    await until(() => lb.report().counters.requests_total === 2)
    server.close()
    await until(() => lb.report().servers[0]?.state === 'down')
    expect((await waiting).status).toBe(503)
  })

  test('idle connections do not count towards the limit', async () => {
    const { port, pending } = await startServers({ max_connections: 1 })
    for (let index = 0; index < 3; index += 1) {
      const requests = fetch(url(port))
      await until(() => pending.length === 1)
      pending.pop()?.response.end()
      await (await requests).text()
    }
    const post = fetch(url(port), { method: 'POST', body: 'x' })
    await until(() => pending.length === 1)
    pending.pop()?.response.end()
    expect((await post).status).toBe(200)
  })
})

describe('TCP', () => {
  test('queued clients are connected in order of arrival, or reset after the queue timeout', async () => {
    const accepted: { socket: Socket; text: string }[] = []
    const port = await tcpServer((socket) => {
      socket.on('end', () => socket.end())
      socket.once('data', (data) => accepted.push({ socket, text: String(data) }))
    })
    const backend = { protocol: 'tcp', max_connections: 1, ...queueTimeout(400) } as const
    const { port: frontend, lb } = startLb(port, backend)
    await until(() => lb.report().servers[0]?.state === 'up')
    const clients: Socket[] = []
    let resets = 0
    for (const name of ['first', 'second', 'third']) {
      const client = await tcpClient(frontend)
      client.on('error', () => {
        resets += 1
      })
      client.write(name)
      clients.push(client)
      await until(() => lb.sessions === clients.length)
    }
    await until(() => accepted.length === 1)
    clients[0]?.end()
    await until(() => accepted.length === 2)
    await until(() => resets === 1)
    expect(accepted.map(({ text: said }) => said)).toEqual(['first', 'second'])
    await until(() => lb.sessions === 1)
  })
})
