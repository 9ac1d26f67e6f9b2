import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, recordingClient, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'
import { simulateDelay } from '#lib/testing/wait.ts'

const GET = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${extra}\r\n`
const url = (port: number, path = '/') => `http://${TEST_ADDRESS}:${port}${path}`
const fetchText = async (port: number, init?: RequestInit) => (await fetch(url(port), init)).text()

describe('connections', () => {
  test('a kept-alive connection survives a change of the configuration, which applies to its next request', async () => {
    const one = await httpServer((_, response) => response.end('one'))
    const two = await httpServer((_, response) => response.end('two'))
    const { port, lb, change } = startLb(one.port)
    const client = recordingClient(port)
    client.socket.write(GET('/'))
    await until(() => client.text.endsWith('one'))
    const added = testBackend(two.port)
    const frontends = lb.config.frontends.map((frontend) => ({ ...frontend, backend_id: added.id }))
    change({ backends: [...lb.config.backends, added], frontends })
    client.socket.write(GET('/'))
    await until(() => client.text.endsWith('two'))
    expect(client.ended).toBe(false)
  })

  test('after a switchover to another node, responses close their connections, so that clients reconnect there', async () => {
    const pending: ServerResponse[] = []
    const { port } = await httpServer((_, response) => pending.push(response))
    const { port: frontend, lb } = startLb(port)
    const [idle, busy, ahead] = [
      recordingClient(frontend),
      recordingClient(frontend),
      recordingClient(frontend),
    ]
    await once(idle.socket, 'connect')
    busy.socket.write(GET('/'))
    ahead.socket.write(GET('/') + GET('/'))
    await until(() => pending.length === 2)
    lb.deactivate()
    for (const response of pending.splice(0)) response.end('first')
    await until(() => busy.ended && pending.length === 1)
    expect(busy.text).toMatch(/Connection: close.*first$/s)
    // Pipelined requests get their responses, and idle connections stay open.
    pending.splice(0)[0]?.end('second')
    await until(() => ahead.ended)
    expect(ahead.text).toMatch(/first.*Connection: close.*second$/s)
    expect(idle.ended).toBe(false)
    idle.socket.write(GET('/'))
    await until(() => pending.length === 1)
    pending[0]?.end('late')
    await until(() => idle.ended)
    expect(idle.text).toMatch(/Connection: close.*late$/s)
    await expect(fetch(url(frontend))).rejects.toThrow()
  })

  test('a removed frontend finishes requests in progress, and closes idle connections at once', async () => {
    const pending: ServerResponse[] = []
    const { port } = await httpServer((_, response) => pending.push(response))
    const { port: frontend, change } = startLb(port)
    const idle = recordingClient(frontend)
    const busy = recordingClient(frontend)
    await once(idle.socket, 'connect')
    busy.socket.write(GET('/'))
    await until(() => pending.length === 1)
    change({ frontends: [] })
    await until(() => idle.ended)
    pending[0]?.end('done')
    await until(() => busy.ended)
    expect(busy.text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*done$/s)
    const late = recordingClient(frontend)
    await until(() => late.ended)
    expect(late.text).toBe('')
  })

  test('pipelined requests get responses in order', async () => {
    const { port } = await httpServer((request, response) => response.end(`<${request.url}>`))
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.write(['/1', '/2', '/3', '/4'].map((path) => GET(path)).join(''))
    await until(() => client.text.includes('</4>'))
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>', '</4>'])
  })

  test('pipelined requests all get responses if the client half-closes at once', async () => {
    const { port } = await httpServer((request, response) => response.end(`<${request.url}>`))
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    // The client's FIN arrives while the connection to the server is being opened.
    client.socket.end(['/1', '/2', '/3'].map((path) => GET(path)).join(''))
    await until(() => client.ended)
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>'])
    expect(client.text.match(/Connection: close/g)).toHaveLength(1)
  })

  test('requests that arrive while an earlier one is queued keep their order', async () => {
    const queueLength: ServerResponse[] = []
    const received: string[] = []
    const { port } = await httpServer((request, response) => {
      received.push(`${request.url}`)
      if (request.url === '/busy') queueLength.push(response)
      else response.end(`<${request.url}>`)
    })
    const { port: frontend, lb } = startLb(port, { max_connections: 1 })
    const busy = recordingClient(frontend)
    busy.socket.write(GET('/busy'))
    await until(() => queueLength.length === 1)
    const client = recordingClient(frontend)
    const before = lb.report().counters.bytes_in
    const ahead = `${GET('/1')}GET /`
    client.socket.write(ahead)
    await until(() => lb.report().counters.bytes_in === before + ahead.length)
    client.socket.write(`${GET('/2').slice('GET /'.length)}${GET('/3')}`)
    await until(() => lb.report().counters.bytes_in > before + ahead.length)
    queueLength[0]?.end()
    await until(() => client.text.includes('</3>') || client.ended)
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>'])
    expect(received).toEqual(['/busy', '/1', '/2', '/3'])
  })
})

test('a head that arrives in pieces is not mixed up with other connections’ data', async () => {
  const { port } = await httpServer((request, response) => response.end(request.url))
  const { port: frontend } = startLb(port)
  const slow = recordingClient(frontend)
  for (const piece of ['GET /in-pie', 'ces HTTP/1.1\r\nHo', 'st: a\r\n\r', '\n']) {
    slow.socket.write(piece)
    expect(await fetchText(frontend)).toBe('/')
  }
  await until(() => slow.text.endsWith('/in-pieces'))
})

test('concurrent responses that arrive in pieces are not mixed up', async () => {
  const port = await tcpServer((socket) => {
    socket.setNoDelay().on('data', async (data) => {
      const [, path = ''] = String(data).split(' ')
      const head = `HTTP/1.1 200 OK\r\nX-Path: ${path}\r\nContent-Length: ${path.length}\r\n\r\n`
      for (const piece of `${head}${path}`.match(/.{1,9}/gs) ?? []) {
        socket.write(piece)
        await simulateDelay(5)
      }
    })
  })
  const { port: frontend } = startLb(port)
  const request = async (index: number) => {
    const response = await fetch(url(frontend, `/${index}`))
    return [response.headers.get('x-path'), await response.text()]
  }
  const responses = await Promise.all(Array.from({ length: 20 }, (_, index) => request(index)))
  expect(responses).toEqual(responses.map((_, index) => [`/${index}`, `/${index}`]))
})
