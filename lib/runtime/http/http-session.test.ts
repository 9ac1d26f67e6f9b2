import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import {
  freePort,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function httpOrigin(handler: Handler, port = 0, address = TEST_ADDRESS) {
  const server: HttpServer = createHttpServer(handler).listen(port, address)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** A server that does exactly what it is told, byte by byte. */
async function rawOrigin(handler: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    handler(socket)
  }).listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

function start(
  port: number,
  backend: Partial<DesiredBackend> = {},
  frontend: Partial<DesiredFrontend> = {},
) {
  const running = runLb(testBackend(port, backend), frontend)
  cleanups.push(() => running.lb.retire())
  return running
}

/** A client connection whose bytes are written and read as they are. */
function rawClient(port: number) {
  const socket = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  const client = { socket, text: '', ended: false }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    client.text += chunk.toString('latin1')
  })
  socket.on('close', () => {
    client.ended = true
  })
  socket.on('end', () => {
    client.ended = true
    socket.end()
  })
  cleanups.push(() => socket.destroy())
  return client
}

const GET = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${extra}\r\n`
const url = (port: number, path = '/') => `http://${TEST_ADDRESS}:${port}${path}`
const fetchText = async (port: number, init?: RequestInit) => (await fetch(url(port), init)).text()

describe('balancing', () => {
  const ADDRESSES = ['127.0.61.1', '127.0.61.2', '127.0.61.3']

  test('300 requests split evenly over three servers', async () => {
    const port = await freePort()
    const hits = new Map<string, number>()
    for (const address of ADDRESSES) {
      const count: Handler = (_, response) => {
        hits.set(address, (hits.get(address) ?? 0) + 1)
        response.end(address)
      }
      await httpOrigin(count, port, address)
    }
    const { port: frontend } = start(port, { servers: ADDRESSES })
    for (let index = 0; index < 300; index += 1) await fetchText(frontend)
    expect([...hits.values()]).toEqual([100, 100, 100])
  })

  test('a server that refuses costs no client an error before it is found down', async () => {
    const port = await freePort()
    await httpOrigin((_, response) => response.end('ok'), port, ADDRESSES[0])
    const { port: frontend, lb } = start(port, { servers: ADDRESSES.slice(0, 2) })
    await until(() => lb.report().servers[1]?.state === 'down')
    const server = lb.report().servers[1]
    expect(server?.reason).toBe('connection refused')
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetchText(frontend)))
    expect(new Set(answers)).toEqual(new Set(['ok']))
  })

  test('the sticky cookie is given once, kept from the server, and honoured', async () => {
    const port = await freePort()
    const cookies: (string | undefined)[] = []
    for (const address of ADDRESSES) {
      const remember: Handler = (request, response) => {
        cookies.push(request.headers.cookie)
        response.end(address)
      }
      await httpOrigin(remember, port, address)
    }
    const sticky = { type: 'cookie', name: 'SRV', nocache: true } as const
    const { port: frontend } = start(port, { servers: ADDRESSES, sticky })
    const first = await fetch(url(frontend))
    const home = await first.text()
    const given = first.headers.get('set-cookie') ?? ''
    expect(given).toMatch(/^SRV=[\w-]{16}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(given).not.toContain(home)
    const cookie = `a=1; ${given.split(';')[0]}; b=2`
    for (let index = 0; index < 10; index += 1) {
      const answer = await fetch(url(frontend), { headers: { cookie } })
      expect(await answer.text()).toBe(home)
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
    expect(cookies.slice(1)).toEqual(Array(10).fill('a=1; b=2'))
  })

  test('beyond the connection limit requests wait for their turn, and give up in time', async () => {
    const held: ServerResponse[] = []
    const { port } = await httpOrigin((_, response) => held.push(response))
    const timeouts = { connect: 1000, server: 5000, tunnel: 5000, queue: 150 }
    const { port: frontend } = start(port, { max_connections: 1, timeouts })
    const first = fetch(url(frontend))
    await until(() => held.length === 1)
    const second = fetch(url(frontend))
    held.pop()?.end('first')
    expect(await (await first).text()).toBe('first')
    await until(() => held.length === 1)
    const third = await fetch(url(frontend))
    expect(third.status).toBe(503)
    held.pop()?.end('second')
    expect(await (await second).text()).toBe('second')
  })
})

describe('connections', () => {
  test('a kept-alive connection survives a change of configuration, which its next request follows', async () => {
    const one = await httpOrigin((_, response) => response.end('one'))
    const two = await httpOrigin((_, response) => response.end('two'))
    const { port, lb, change } = start(one.port)
    const client = rawClient(port)
    client.socket.write(GET('/'))
    await until(() => client.text.endsWith('one'))
    const added = testBackend(two.port)
    const frontends = lb.config.frontends.map((frontend) => ({ ...frontend, backend_id: added.id }))
    change({ backends: [...lb.config.backends, added], frontends })
    client.socket.write(GET('/'))
    await until(() => client.text.endsWith('two'))
    expect(client.ended).toBe(false)
  })

  test('once another node is active, connections are answered here and told to make the next one there', async () => {
    const held: ServerResponse[] = []
    const { port } = await httpOrigin((_, response) => held.push(response))
    const { port: frontend, lb } = start(port)
    const [idle, busy, ahead] = [rawClient(frontend), rawClient(frontend), rawClient(frontend)]
    await once(idle.socket, 'connect')
    busy.socket.write(GET('/'))
    ahead.socket.write(GET('/') + GET('/'))
    await until(() => held.length === 2)
    lb.deactivate()
    for (const response of held.splice(0)) response.end('first')
    await until(() => busy.ended && held.length === 1)
    expect(busy.text).toMatch(/Connection: close.*first$/s)
    // What was asked already is answered, and who asks nothing is not cut off.
    held.splice(0)[0]?.end('second')
    await until(() => ahead.ended)
    expect(ahead.text).toMatch(/first.*Connection: close.*second$/s)
    expect(idle.ended).toBe(false)
    idle.socket.write(GET('/'))
    await until(() => held.length === 1)
    held[0]?.end('late')
    await until(() => idle.ended)
    expect(idle.text).toMatch(/Connection: close.*late$/s)
    await expect(fetch(url(frontend))).rejects.toThrow()
  })

  test('a removed server finishes what it has and gets nothing new', async () => {
    const port = await freePort()
    const held: ServerResponse[] = []
    await httpOrigin((_, response) => held.push(response), port, '127.0.62.1')
    await httpOrigin((_, response) => response.end('new'), port, '127.0.62.2')
    const { port: frontend, lb, change } = start(port, { servers: ['127.0.62.1'] })
    const slow = fetchText(frontend)
    await until(() => held.length === 1)
    change({ backends: lb.config.backends.map((it) => ({ ...it, servers: ['127.0.62.2'] })) })
    for (let index = 0; index < 5; index += 1) expect(await fetchText(frontend)).toBe('new')
    held[0]?.end('old')
    expect(await slow).toBe('old')
    expect(held).toHaveLength(1)
  })

  test('a removed frontend answers what is in progress, then closes; idle connections close at once', async () => {
    const held: ServerResponse[] = []
    const { port } = await httpOrigin((_, response) => held.push(response))
    const { port: frontend, change } = start(port)
    const idle = rawClient(frontend)
    const busy = rawClient(frontend)
    await once(idle.socket, 'connect')
    busy.socket.write(GET('/'))
    await until(() => held.length === 1)
    change({ frontends: [] })
    await until(() => idle.ended)
    held[0]?.end('done')
    await until(() => busy.ended)
    expect(busy.text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*done$/s)
    const late = rawClient(frontend)
    await until(() => late.ended)
    expect(late.text).toBe('')
  })

  test('pipelined requests are answered in order', async () => {
    const { port } = await httpOrigin((request, response) => response.end(`<${request.url}>`))
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    client.socket.write(['/1', '/2', '/3', '/4'].map((path) => GET(path)).join(''))
    await until(() => client.text.includes('</4>'))
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>', '</4>'])
  })

  test('pipelined requests are all answered where the client ended its side at once', async () => {
    const { port } = await httpOrigin((request, response) => response.end(`<${request.url}>`))
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    // No connection to the server is open yet: while one is made, the client's end is seen.
    client.socket.end(['/1', '/2', '/3'].map((path) => GET(path)).join(''))
    await until(() => client.ended)
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>'])
    expect(client.text.match(/Connection: close/g)).toHaveLength(1)
  })

  test('what comes while a request waits for its server keeps its order', async () => {
    const waiting: ServerResponse[] = []
    const seen: string[] = []
    const { port } = await httpOrigin((request, response) => {
      seen.push(`${request.url}`)
      if (request.url === '/busy') waiting.push(response)
      else response.end(`<${request.url}>`)
    })
    const { port: frontend, lb } = start(port, { max_connections: 1 })
    const busy = rawClient(frontend)
    busy.socket.write(GET('/busy'))
    await until(() => waiting.length === 1)
    const client = rawClient(frontend)
    const before = lb.report().counters.bytes_in
    const ahead = `${GET('/1')}GET /`
    client.socket.write(ahead)
    await until(() => lb.report().counters.bytes_in === before + ahead.length)
    client.socket.write(`${GET('/2').slice('GET /'.length)}${GET('/3')}`)
    await until(() => lb.report().counters.bytes_in > before + ahead.length)
    waiting[0]?.end()
    await until(() => client.text.includes('</3>') || client.ended)
    expect(client.text.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>'])
    expect(seen).toEqual(['/busy', '/1', '/2', '/3'])
  })

  test('connections to a server are used again', async () => {
    let connections = 0
    const { server, port } = await httpOrigin((_, response) => response.end('ok'))
    server.on('connection', () => {
      connections += 1
    })
    const backend = testBackend(port)
    const { port: frontend, lb } = start(port, backend)
    await until(() => lb.report().servers[0]?.state === 'up')
    const checks = connections
    for (let index = 0; index < 10; index += 1) await fetchText(frontend)
    expect(connections - checks).toBe(1)
  })

  test('a connection that the server closed meanwhile costs no error: the request is sent again', async () => {
    let requests = 0
    const port = await rawOrigin((socket) => {
      socket.on('data', () => {
        requests += 1
        // Takes the second request of a connection without a word, as a server does whose time was just up.
        if (socket.bytesWritten > 0) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const { port: frontend } = start(port)
    expect(await fetchText(frontend)).toBe('ok')
    expect(await fetchText(frontend)).toBe('ok')
    expect(requests).toBe(3)
    const post = await fetch(url(frontend), { method: 'POST', body: 'once' })
    expect(post.status).toBe(502)
    expect(requests).toBe(4)
  })
})

describe('bodies', () => {
  const BIG = Buffer.from(
    Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + (index >> 8)) & 255),
  )

  async function send(port: number, headers: Record<string, string>): Promise<Buffer> {
    const request = httpRequest({ host: TEST_ADDRESS, port, method: 'POST', headers })
    request.end(BIG)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return buffer(response)
  }

  test.each([
    ['with a length', { 'Content-Length': String(BIG.length) }],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('1 MB both ways, %s, byte for byte', async (_, headers) => {
    const { port } = await httpOrigin((request, response) => {
      void buffer(request).then((body) => {
        if (request.headers['content-length']) response.setHeader('content-length', body.length)
        response.write(body.subarray(0, 1000))
        response.end(body.subarray(1000))
      })
    })
    const { port: frontend } = start(port)
    expect((await send(frontend, headers)).equals(BIG)).toBe(true)
  })

  test('a request without Host, as HTTP/1.0 allows, goes on with the address it came to', async () => {
    const { port } = await httpOrigin((request, response) => response.end(request.headers.host))
    const running = start(port)
    const client = rawClient(running.port)
    client.socket.write('GET / HTTP/1.0\r\n\r\n')
    await until(() => client.ended)
    expect(client.text).toMatch(new RegExp(`\r\n\r\n${TEST_ADDRESS}:${running.port}$`))
  })

  test('an HTTP/1.0 client gets no chunks, and the end by closing', async () => {
    const { port } = await httpOrigin((_, response) => {
      response.write('in ')
      response.end('chunks')
    })
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    client.socket.write('GET / HTTP/1.0\r\nHost: test\r\n\r\n')
    await until(() => client.ended)
    expect(client.text).toMatch(/\r\n\r\nin chunks$/)
    expect(client.text).not.toMatch(/transfer-encoding/i)
  })

  test('a slow reader holds no more than a bounded part of the answer', async () => {
    const size = 64 << 20
    let written = 0
    const { port } = await httpOrigin((_, response) => {
      const chunk = Buffer.alloc(65_536)
      const more = () => {
        for (let free = true; free && written < size; written += chunk.length) {
          free = response.write(chunk)
        }
      }
      response.on('drain', more)
      more()
    })
    const { port: frontend } = start(port)
    const client = connect({ host: TEST_ADDRESS, port: frontend })
    cleanups.push(() => client.destroy())
    client.pause()
    client.write(GET('/'))
    let last = -1
    // Until what the server can write has come to rest.
    await until(async () => {
      const before = last
      last = written
      await new Promise((resolve) => setTimeout(resolve, 100))
      return written > 0 && before === written
    })
    // Mostly what the kernel holds of four socket buffers.
    expect(written).toBeLessThan(size / 2)
  })

  test.each([
    ['a short body', 10],
    ['a long body', 1_000_000],
  ])('a client that ends its side after %s gets its answer', async (_, length) => {
    const { port } = await httpOrigin((request, response) => void request.pipe(response))
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    const body = 'x'.repeat(length)
    client.socket.end(`POST / HTTP/1.0\r\nContent-Length: ${length}\r\n\r\n${body}`)
    await until(() => client.ended)
    expect(client.text).toMatch(/^HTTP\/1\.1 200 /)
    expect(client.text.endsWith(`\r\n\r\n${body}`)).toBe(true)
  })

  test('a client that ends its side within its body is gone, and the server learns of it', async () => {
    let broken = false
    const { port } = await httpOrigin((request) => {
      request.resume().on('error', () => {
        broken = true
      })
    })
    const { port: frontend, lb } = start(port)
    const client = rawClient(frontend)
    client.socket.end(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1`)
    await until(() => broken)
    await until(() => lb.sessions === 0)
    expect(client.text).toBe('')
  })

  test('HEAD has the length and no body, and the connection goes on', async () => {
    const { port } = await httpOrigin((request, response) => {
      response.setHeader('content-length', 5)
      response.end(request.method === 'HEAD' ? undefined : 'hello')
    })
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    client.socket.write(`HEAD / HTTP/1.1\r\nHost: test\r\n\r\n${GET('/')}`)
    await until(() => client.text.endsWith('hello'))
    expect(client.text.match(/content-length: 5/gi)).toHaveLength(2)
  })

  test('100 Continue is relayed, and the body follows', async () => {
    const { port } = await httpOrigin((request, response) => {
      void buffer(request).then((body) => response.end(`got ${body}`))
    })
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    client.socket.write(
      'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
    )
    await until(() => client.text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
    client.socket.write('abc')
    await until(() => client.text.endsWith('got abc'))
  })
})

test('an upgrade becomes a tunnel, early bytes included, and ends with either side', async () => {
  const port = await rawOrigin((socket) => {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk
      if (!seen.includes('\r\n\r\n')) return
      if (socket.bytesWritten === 0) {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
        )
        const early = seen.slice(seen.indexOf('\r\n\r\n') + 4)
        if (early) socket.write(`[${early}]`)
      } else socket.write(Buffer.concat([Buffer.from('['), chunk, Buffer.from(']')]))
    })
  })
  const { port: frontend, lb, change } = start(port)
  const client = rawClient(frontend)
  client.socket.write(`${GET('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')}early`)
  await until(() => client.text.includes('[early]'))
  expect(client.text).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nhello\[early\]$/s)
  change({})
  client.socket.write(Buffer.from([0x00, 0xff, 0x81]))
  await until(() => client.text.endsWith('[\x00\xff\x81]'))
  expect(lb.report().counters.connections_current).toBe(1)
  client.socket.destroy()
  await until(() => lb.report().counters.connections_current === 0)
  await until(() => Object.values(lb.report().server_counters)[0]?.connections_current === 0)
})

test('a client that ended its side before the upgrade still reads what the tunnel brings', async () => {
  let ended = false
  const port = await rawOrigin((socket) => {
    socket.once('data', () => {
      setTimeout(() => {
        socket.write('HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
        socket.write('late')
      }, 20)
    })
    socket.on('end', () => {
      ended = true
    })
  })
  const { port: frontend, lb } = start(port)
  await until(() => lb.report().servers[0]?.state === 'up')
  ended = false
  const client = rawClient(frontend)
  client.socket.end(GET('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
  await until(() => client.text.endsWith('late'))
  await until(() => ended)
})

test('an answer that comes before the whole request ends the connection, and nothing more is forwarded', async () => {
  const seen: string[] = []
  const port = await rawOrigin((socket) => {
    socket.on('data', (chunk) => {
      seen.push(String(chunk))
      if (seen.length === 1) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
    })
  })
  const { port: frontend } = start(port)
  const client = rawClient(frontend)
  client.socket.write('POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 500\r\n\r\n')
  await until(() => client.ended)
  expect(client.text).toMatch(/^HTTP\/1\.1 413 .*Connection: close/s)
  client.socket.write(GET('/smuggled'))
  expect(seen).toHaveLength(1)
})

test('trailers travel both ways, those that a header could be made of do not', async () => {
  let received: Record<string, string | undefined> = {}
  const { port } = await httpOrigin((request, response) => {
    request.resume().on('end', () => {
      received = request.trailers as typeof received
      response.writeHead(200, { trailer: 'X-Answer' })
      response.addTrailers({ 'X-Answer': request.headers.te ?? '', 'Set-Cookie': 'a=1' })
      response.end('body')
    })
  })
  const { port: frontend } = start(port)
  const client = rawClient(frontend)
  client.socket.write(
    'POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  client.socket.write('2\r\nhi\r\n0\r\nX-Sum: 9\r\nContent-Length: 40\r\nAuthorization: a\r\n\r\n')
  await until(() => client.text.includes('0\r\nX-Answer'))
  expect(received).toEqual({ 'x-sum': '9' })
  expect(client.text).toMatch(/\r\nTrailer: X-Answer\r\n/i)
  expect(client.text).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Answer: trailers\r\n\r\n$/)
})

test('a head that comes in pieces is not mixed up with what others send meanwhile', async () => {
  const { port } = await httpOrigin((request, response) => response.end(request.url))
  const { port: frontend } = start(port)
  const slow = rawClient(frontend)
  for (const piece of ['GET /in-pie', 'ces HTTP/1.1\r\nHo', 'st: a\r\n\r', '\n']) {
    slow.socket.write(piece)
    expect(await fetchText(frontend)).toBe('/')
  }
  await until(() => slow.text.endsWith('/in-pieces'))
})

test('answers that come in pieces at the same time are not mixed up', async () => {
  const port = await rawOrigin((socket) => {
    socket.setNoDelay().on('data', async (data) => {
      const [, path = ''] = String(data).split(' ')
      const head = `HTTP/1.1 200 OK\r\nX-Path: ${path}\r\nContent-Length: ${path.length}\r\n\r\n`
      for (const piece of `${head}${path}`.match(/.{1,9}/gs) ?? []) {
        socket.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
  })
  const { port: frontend } = start(port)
  const ask = async (index: number) => {
    const answer = await fetch(url(frontend, `/${index}`))
    return [answer.headers.get('x-path'), await answer.text()]
  }
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)))
  expect(answers).toEqual(answers.map((_, index) => [`/${index}`, `/${index}`]))
})

describe('odd messages', () => {
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
  ])('%s: refused, closed, and neither it nor what follows is forwarded', async (_, bytes) => {
    let requests = 0
    const { port } = await httpOrigin((_, response) => {
      requests += 1
      response.end()
    })
    const { port: frontend } = start(port)
    const client = rawClient(frontend)
    client.socket.write(`${bytes}${GET('/smuggled')}`)
    await until(() => client.ended)
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /)
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(requests).toBe(0)
  })

  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'a switch nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['a closed connection', ''],
  ])('a server that answers with %s: 502', async (_, answer) => {
    const port = await rawOrigin((socket) => socket.once('data', () => socket.end(answer)))
    const { port: frontend } = start(port)
    expect((await fetch(url(frontend))).status).toBe(502)
  })

  test('bytes after an answer are not taken for the next one', async () => {
    const port = await rawOrigin((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
        ),
      )
    })
    const { port: frontend } = start(port)
    for (let index = 0; index < 3; index += 1) {
      expect((await fetch(url(frontend))).status).toBe(204)
    }
  })

  test('an answer that breaks off is passed on as broken off', async () => {
    const port = await rawOrigin((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    )
    const { port: frontend } = start(port)
    await expect(fetchText(frontend)).rejects.toThrow()
  })
})

describe('timeouts', () => {
  test('503 without a server, on a connection that stays open', async () => {
    const { port: frontend } = start(await freePort(), { servers: [] })
    const client = rawClient(frontend)
    client.socket.write(GET('/'))
    await until(() => client.text.startsWith('HTTP/1.1 503 '))
    client.socket.write(GET('/'))
    await until(() => client.text.match(/HTTP\/1\.1 503/g)?.length === 2)
  })

  test('504 when the server does not answer in time', async () => {
    const port = await rawOrigin(() => {})
    const timeouts = { connect: 1000, server: 60, tunnel: 1000, queue: 1000 }
    const { port: frontend } = start(port, { timeouts })
    expect((await fetch(url(frontend))).status).toBe(504)
  })

  test('408 when the head does not come in time, however busily it dribbles', async () => {
    const { port: frontend } = start(await freePort(), {}, { client_timeout: 200 })
    const client = rawClient(frontend)
    client.socket.write('GET / HTTP/1.1\r\n')
    const dribble = setInterval(() => client.socket.write('A: b\r\n'), 20)
    cleanups.push(() => clearInterval(dribble))
    await until(() => client.text.startsWith('HTTP/1.1 408 '))
    await until(() => client.ended)
  })

  test('a client that goes away ends its request at the server, and counts against nobody', async () => {
    let [arrived, closed] = [false, false]
    const { port } = await httpOrigin((_, response) => {
      arrived = true
      response.on('close', () => {
        closed = true
      })
    })
    const { port: frontend, lb } = start(port)
    const client = rawClient(frontend)
    client.socket.write(GET('/'))
    await until(() => arrived)
    client.socket.resetAndDestroy()
    await until(() => closed)
    const report = lb.report()
    expect(report.servers[0]?.state).toBe('up')
    expect(Object.values(report.server_counters)[0]?.connections_current).toBe(0)
  })
})

describe('what is counted', () => {
  const ask = async (port: number, path: string) => {
    const client = rawClient(port)
    client.socket.write(GET(path, 'Connection: close\r\n'))
    await until(() => client.ended)
    client.socket.destroy()
  }
  const sum = (counts: readonly number[] = []) => counts.reduce((all, count) => all + count, 0)

  test("response times, the load balancer's own answers, and answers that were broken off", async () => {
    const port = await rawOrigin((socket) => {
      socket.once('data', (data) => {
        const path = String(data).split(' ')[1]
        if (path === '/late') {
          setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 100)
        } else if (path === '/half') {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.destroy())
        } else socket.destroy()
      })
    })
    const { port: frontend, lb } = start(port)
    await ask(frontend, '/late')
    await ask(frontend, '/half')
    await ask(frontend, '/none')
    const wrong = rawClient(frontend)
    wrong.socket.write('no request\r\n\r\n')
    await until(() => wrong.ended)

    const { counters, server_counters } = lb.report()
    expect(counters).toMatchObject({ responses: [0, 2, 0, 1, 1], proxy_errors: 2, aborted: 1 })
    expect(Object.values(server_counters)).toMatchObject([{ proxy_errors: 1, aborted: 1 }])
    // Two answers had a head; the later took 100 ms, in the bucket from 91 to 128 ms or a later one.
    expect(sum(counters.latency)).toBe(2)
    expect(sum(counters.latency.slice(18))).toBe(1)
  })

  test('connections that servers did not take', async () => {
    const healthy = await rawOrigin(() => {})
    const { health_check } = testBackend(healthy)
    const { port, lb } = start(await freePort(), { max_retries: 1, health_check })
    await until(() => lb.report().servers[0]?.state === 'up')
    await ask(port, '/')
    const { counters, server_counters } = lb.report()
    expect(counters).toMatchObject({ connect_failures: 2, proxy_errors: 1, latency: [] })
    expect(Object.values(server_counters)).toMatchObject([{ connect_failures: 2 }])
  })
})
