import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, recordingClient, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

const GET = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${extra}\r\n`
const url = (port: number, path = '/') => `http://${TEST_ADDRESS}:${port}${path}`
const fetchText = async (port: number, init?: RequestInit) => (await fetch(url(port), init)).text()

describe('malformed messages', () => {
  test.each([
    [
      'two framings',
      'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ])(
    '%s: refused with 400, and neither it nor the data after it is forwarded',
    async (_, bytes) => {
      let requests = 0
      const { port } = await httpServer((_, response) => {
        requests += 1
        response.end()
      })
      const { port: frontend } = startLb(port)
      const client = recordingClient(frontend)
      client.socket.write(`${bytes}${GET('/smuggled')}`)
      await until(() => client.ended)
      expect(client.text).toMatch(/^HTTP\/1\.1 400 /)
      expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1)
      expect(requests).toBe(0)
    },
  )

  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'an unrequested switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['a closed connection', ''],
  ])('a server that responds with %s: 502', async (_, response) => {
    const port = await tcpServer((socket) => socket.once('data', () => socket.end(response)))
    const { port: frontend } = startLb(port)
    expect((await fetch(url(frontend))).status).toBe(502)
  })

  test('data after a response is not taken for the next response', async () => {
    const port = await tcpServer((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
        ),
      )
    })
    const { port: frontend } = startLb(port)
    for (let index = 0; index < 3; index += 1) {
      expect((await fetch(url(frontend))).status).toBe(204)
    }
  })

  test('an incomplete response is forwarded as incomplete', async () => {
    const port = await tcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    )
    const { port: frontend } = startLb(port)
    await expect(fetchText(frontend)).rejects.toThrow()
  })
})

describe('timeouts', () => {
  test('503 without a server, on a connection that stays open', async () => {
    const { port: frontend } = startLb(await freePort(), { servers: [] })
    const client = recordingClient(frontend)
    client.socket.write(GET('/'))
    await until(() => client.text.startsWith('HTTP/1.1 503 '))
    client.socket.write(GET('/'))
    await expect.poll(() => client.text.match(/HTTP\/1\.1 503/g)).toHaveLength(2)
    expect(client.ended).toBe(false)
  })

  test('504 if the server does not respond in time', async () => {
    const port = await tcpServer(() => {})
    const timeouts = { connect: 1000, server: 60, tunnel: 1000, queue: 1000 }
    const { port: frontend } = startLb(port, { timeouts })
    expect((await fetch(url(frontend))).status).toBe(504)
  })

  test('408 if the head is not complete in time, even if data keeps arriving', async () => {
    const { port: frontend } = startLb(await freePort(), {}, { client_timeout: 200 })
    const client = recordingClient(frontend)
    client.socket.write('GET / HTTP/1.1\r\n')
    const dribble = setInterval(() => client.socket.write('A: b\r\n'), 20)
    onTestFinished(() => clearInterval(dribble))
    await until(() => client.ended)
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('a client that disconnects ends its request at the server, which is not marked down', async () => {
    let [arrived, closed] = [false, false]
    const { port } = await httpServer((_, response) => {
      arrived = true
      response.on('close', () => {
        closed = true
      })
    })
    const { port: frontend, lb } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.write(GET('/'))
    await until(() => arrived)
    client.socket.resetAndDestroy()
    await until(() => closed)
    const report = lb.report()
    expect(report.servers[0]?.state).toBe('up')
    expect(Object.values(report.server_counters)[0]?.connections_current).toBe(0)
  })
})

describe('counters', () => {
  const request = async (port: number, path: string) => {
    const client = recordingClient(port)
    client.socket.write(GET(path, 'Connection: close\r\n'))
    await until(() => client.ended)
    client.socket.destroy()
  }
  const sum = (counts: readonly number[] = []) =>
    counts.reduce((all, countHit) => all + countHit, 0)

  test('response times, errors of the load balancer, and aborted responses', async () => {
    const port = await tcpServer((socket) => {
      socket.once('data', (data) => {
        const path = String(data).split(' ')[1]
        if (path === '/late') {
          setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 100)
        } else if (path === '/half') {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.destroy())
        } else socket.destroy()
      })
    })
    const { port: frontend, lb } = startLb(port)
    await request(frontend, '/late')
    await request(frontend, '/half')
    await request(frontend, '/none')
    const wrong = recordingClient(frontend)
    wrong.socket.write('no request\r\n\r\n')
    await until(() => wrong.ended)

    const { counters, server_counters } = lb.report()
    expect(counters).toMatchObject({ responses: [0, 2, 0, 1, 1], proxy_errors: 2, aborted: 1 })
    expect(Object.values(server_counters)).toMatchObject([{ proxy_errors: 1, aborted: 1 }])
    // Two responses had a head. The later one took 100 ms: the bucket from 91 to 128 ms, or a later one.
    expect(sum(counters.latency)).toBe(2)
    expect(sum(counters.latency.slice(18))).toBe(1)
  })

  test('failed connections to servers', async () => {
    const healthy = await tcpServer(() => {})
    const { health_check } = testBackend(healthy)
    const { port, lb } = startLb(await freePort(), { max_retries: 1, health_check })
    await until(() => lb.report().servers[0]?.state === 'up')
    await request(port, '/')
    const { counters, server_counters } = lb.report()
    expect(counters).toMatchObject({ connect_failures: 2, proxy_errors: 1, latency: [] })
    expect(Object.values(server_counters)).toMatchObject([{ connect_failures: 2 }])
  })
})
