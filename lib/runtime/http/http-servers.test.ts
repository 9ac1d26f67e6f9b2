import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

type Handler = Parameters<typeof httpServer>[0]
const url = (port: number, path = '/') => `http://${TEST_ADDRESS}:${port}${path}`
const fetchText = async (port: number, init?: RequestInit) => (await fetch(url(port), init)).text()

describe('choosing a server', () => {
  const ADDRESSES = ['127.0.61.1', '127.0.61.2', '127.0.61.3']

  test('300 requests are distributed evenly over three servers', async () => {
    const port = await freePort()
    const hits = new Map<string, number>()
    for (const address of ADDRESSES) {
      const countHit: Handler = (_, response) => {
        hits.set(address, (hits.get(address) ?? 0) + 1)
        response.end(address)
      }
      await httpServer(countHit, { port, address })
    }
    const { port: frontend } = startLb(port, { servers: ADDRESSES })
    for (let index = 0; index < 300; index += 1) await fetchText(frontend)
    expect([...hits.values()]).toEqual([100, 100, 100])
  })

  test('a server that is marked down gets no requests', async () => {
    const port = await freePort()
    await httpServer((_, response) => response.end('ok'), { port, address: ADDRESSES[0] })
    const { port: frontend, lb } = startLb(port, { servers: ADDRESSES.slice(0, 2) })
    await until(() => lb.report().servers[1]?.state === 'down')
    const server = lb.report().servers[1]
    expect(server?.reason).toBe('connection refused')
    const responses = await Promise.all(Array.from({ length: 20 }, () => fetchText(frontend)))
    expect(new Set(responses)).toEqual(new Set(['ok']))
  })

  test('the sticky cookie is set once, not forwarded, and selects the server', async () => {
    const port = await freePort()
    const cookies: (string | undefined)[] = []
    for (const address of ADDRESSES) {
      const recordCookie: Handler = (request, response) => {
        cookies.push(request.headers.cookie)
        response.end(address)
      }
      await httpServer(recordCookie, { port, address })
    }
    const sticky = { type: 'cookie', name: 'SRV', nocache: true } as const
    const { port: frontend } = startLb(port, { servers: ADDRESSES, sticky })
    const first = await fetch(url(frontend))
    const own = await first.text()
    const setCookie = first.headers.get('set-cookie') ?? ''
    expect(setCookie).toMatch(/^SRV=[\w-]{16}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(setCookie).not.toContain(own)
    const cookie = `a=1; ${setCookie.split(';')[0]}; b=2`
    for (let index = 0; index < 10; index += 1) {
      const response = await fetch(url(frontend), { headers: { cookie } })
      expect(await response.text()).toBe(own)
      expect(response.headers.get('set-cookie')).toBeNull()
    }
    expect(cookies.slice(1)).toEqual(Array(10).fill('a=1; b=2'))
  })

  test('requests over the connection limit are queued, and get 503 after the queue timeout', async () => {
    const pending: ServerResponse[] = []
    const { port } = await httpServer((_, response) => pending.push(response))
    const timeouts = { connect: 1000, server: 5000, tunnel: 5000, queue: 150 }
    const { port: frontend } = startLb(port, { max_connections: 1, timeouts })
    const first = fetch(url(frontend))
    await until(() => pending.length === 1)
    const second = fetch(url(frontend))
    pending.pop()?.end('first')
    expect(await (await first).text()).toBe('first')
    await until(() => pending.length === 1)
    const third = await fetch(url(frontend))
    expect(third.status).toBe(503)
    pending.pop()?.end('second')
    expect(await (await second).text()).toBe('second')
  })
})

describe('server connections', () => {
  test('a removed server finishes its requests and gets no new ones', async () => {
    const port = await freePort()
    const pending: ServerResponse[] = []
    await httpServer((_, response) => pending.push(response), { port, address: '127.0.62.1' })
    await httpServer((_, response) => response.end('new'), { port, address: '127.0.62.2' })
    const { port: frontend, lb, change } = startLb(port, { servers: ['127.0.62.1'] })
    const slow = fetchText(frontend)
    await until(() => pending.length === 1)
    change({ backends: lb.config.backends.map((it) => ({ ...it, servers: ['127.0.62.2'] })) })
    for (let index = 0; index < 5; index += 1) expect(await fetchText(frontend)).toBe('new')
    pending[0]?.end('old')
    expect(await slow).toBe('old')
    expect(pending).toHaveLength(1)
  })

  test('connections to a server are reused', async () => {
    let connections = 0
    const { server, port } = await httpServer((_, response) => response.end('ok'))
    server.on('connection', () => {
      connections += 1
    })
    const backend = testBackend(port)
    const { port: frontend, lb } = startLb(port, backend)
    await until(() => lb.report().servers[0]?.state === 'up')
    const checks = connections
    for (let index = 0; index < 10; index += 1) await fetchText(frontend)
    expect(connections - checks).toBe(1)
  })

  test('an idempotent request without a body is retried if the server closed its connection', async () => {
    let requests = 0
    const port = await tcpServer((socket) => {
      socket.on('data', () => {
        requests += 1
        // Closes at the second request of a connection, as a server does whose idle timeout has just passed.
        if (socket.bytesWritten > 0) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const { port: frontend } = startLb(port)
    expect(await fetchText(frontend)).toBe('ok')
    expect(await fetchText(frontend)).toBe('ok')
    expect(requests).toBe(3)
    const post = await fetch(url(frontend), { method: 'POST', body: 'once' })
    expect(post.status).toBe(502)
    expect(requests).toBe(4)
  })
})
