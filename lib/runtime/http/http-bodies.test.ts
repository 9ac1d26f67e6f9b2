import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TEST_ADDRESS, until, untilStable } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, recordingClient, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

const GET = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${extra}\r\n`

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
  ])('1 MB in both directions, %s, byte-exact', async (_, headers) => {
    const { port } = await httpServer((request, response) => {
      void buffer(request).then((body) => {
        if (request.headers['content-length']) response.setHeader('content-length', body.length)
        response.write(body.subarray(0, 1000))
        response.end(body.subarray(1000))
      })
    })
    const { port: frontend } = startLb(port)
    expect((await send(frontend, headers)).equals(BIG)).toBe(true)
  })

  test('an HTTP/1.0 request without Host is forwarded with the frontend’s address', async () => {
    const { port } = await httpServer((request, response) => response.end(request.headers.host))
    const running = startLb(port)
    const client = recordingClient(running.port)
    client.socket.write('GET / HTTP/1.0\r\n\r\n')
    await until(() => client.ended)
    expect(client.text).toMatch(new RegExp(`\r\n\r\n${TEST_ADDRESS}:${running.port}$`))
  })

  test('an HTTP/1.0 client gets no chunks, and the connection closes after the body', async () => {
    const { port } = await httpServer((_, response) => {
      response.write('in ')
      response.end('chunks')
    })
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.write('GET / HTTP/1.0\r\nHost: test\r\n\r\n')
    await until(() => client.ended)
    expect(client.text).toMatch(/\r\n\r\nin chunks$/)
    expect(client.text).not.toMatch(/transfer-encoding/i)
  })

  test('a slow reader stops the server after a bounded part of the response', async () => {
    const size = 64 << 20
    let written = 0
    const { port } = await httpServer((_, response) => {
      const chunk = Buffer.alloc(65_536)
      const more = () => {
        for (let free = true; free && written < size; written += chunk.length) {
          free = response.write(chunk)
        }
      }
      response.on('drain', more)
      more()
    })
    const { port: frontend } = startLb(port)
    const client = connect({ host: TEST_ADDRESS, port: frontend })
    onTestFinished(() => void client.destroy())
    client.pause()
    client.write(GET('/'))
    await untilStable(() => written)
    // Mostly the four socket buffers of the kernel.
    expect(written).toBeLessThan(size / 2)
  })

  test.each([
    ['a short body', 10],
    ['a long body', 1_000_000],
  ])('a client that half-closes after %s gets its response', async (_, length) => {
    const { port } = await httpServer((request, response) => void request.pipe(response))
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    const body = 'x'.repeat(length)
    client.socket.end(`POST / HTTP/1.0\r\nContent-Length: ${length}\r\n\r\n${body}`)
    await until(() => client.ended)
    expect(client.text).toMatch(/^HTTP\/1\.1 200 /)
    expect(client.text.endsWith(`\r\n\r\n${body}`)).toBe(true)
  })

  test('a client that half-closes within its body is disconnected, and so is the server', async () => {
    let broken = false
    const { port } = await httpServer((request) => {
      request.resume().on('error', () => {
        broken = true
      })
    })
    const { port: frontend, lb } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.end(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1`)
    await until(() => broken)
    await until(() => lb.sessions === 0)
    expect(client.text).toBe('')
  })

  test('a response to HEAD has the length and no body, and the connection stays open', async () => {
    const { port } = await httpServer((request, response) => {
      response.setHeader('content-length', 5)
      response.end(request.method === 'HEAD' ? undefined : 'hello')
    })
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.write(`HEAD / HTTP/1.1\r\nHost: test\r\n\r\n${GET('/')}`)
    await until(() => client.text.endsWith('hello'))
    expect(client.text.match(/content-length: 5/gi)).toHaveLength(2)
  })

  test('100 Continue is forwarded, and the body follows', async () => {
    const { port } = await httpServer((request, response) => {
      void buffer(request).then((body) => response.end(`got ${body}`))
    })
    const { port: frontend } = startLb(port)
    const client = recordingClient(frontend)
    client.socket.write(
      'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
    )
    await until(() => client.text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
    client.socket.write('abc')
    await expect.poll(() => client.text).toMatch(/\r\n\r\nHTTP\/1\.1 200 .*got abc$/s)
  })
})

test('a response before the end of the request closes the connection, and nothing more is forwarded', async () => {
  const received: string[] = []
  const port = await tcpServer((socket) => {
    socket.on('data', (chunk) => {
      received.push(String(chunk))
      if (received.length === 1) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
    })
  })
  const { port: frontend } = startLb(port)
  const client = recordingClient(frontend)
  client.socket.write('POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 500\r\n\r\n')
  await until(() => client.ended)
  expect(client.text).toMatch(/^HTTP\/1\.1 413 .*Connection: close/s)
  client.socket.write(GET('/smuggled'))
  expect(received).toHaveLength(1)
})

test('trailers are forwarded in both directions, except for those that could change the header', async () => {
  let received: Record<string, string | undefined> = {}
  const { port } = await httpServer((request, response) => {
    request.resume().on('end', () => {
      received = request.trailers as typeof received
      response.writeHead(200, { trailer: 'X-Result' })
      response.addTrailers({ 'X-Result': request.headers.te ?? '', 'Set-Cookie': 'a=1' })
      response.end('body')
    })
  })
  const { port: frontend } = startLb(port)
  const client = recordingClient(frontend)
  client.socket.write(
    'POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  client.socket.write('2\r\nhi\r\n0\r\nX-Sum: 9\r\nContent-Length: 40\r\nAuthorization: a\r\n\r\n')
  await until(() => client.text.includes('0\r\nX-Result'))
  expect(received).toEqual({ 'x-sum': '9' })
  expect(client.text).toMatch(/\r\nTrailer: X-Result\r\n/i)
  expect(client.text).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Result: trailers\r\n\r\n$/)
})
