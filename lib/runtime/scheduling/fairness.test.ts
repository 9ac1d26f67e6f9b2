import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { ALLOW, DENY, pathBegin, pathRegex, setRules, testAcl } from '#lib/testing/runtime/rules.ts'
import { type RunningLb, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'
import { ChunkedDecoder } from '../http/message/chunked-decoder.ts'
import { ITERATION_MS, loopBudget } from './loop-budget.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
const HTTPS: DesiredAcl['action'] = {
  type: 'redirect',
  code: 301,
  to: { type: 'scheme', scheme: 'https' },
}
/** Pipelined requests of each client. */
const AHEAD = 20_000
const CLIENTS = 3
/** More requests than any machine handles in one slice per client. */
const PER_ITERATION_MAX = 2000

const counted = ({ lb }: RunningLb) =>
  Object.values(lb.report().frontend_counters)[0]?.requests_total ?? 0

/** Counts response heads as they arrive. */
function countResponses(socket: Socket): () => number {
  let count = 0
  let last = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    const all = last + text
    count += all.split('HTTP/1.1 ').length - 1
    // A head that was split within its first word is counted with the next data.
    last = all.slice(-8)
    if (last.includes('HTTP/1.1')) last = ''
  })
  return () => count
}

test.each<[string, Parameters<typeof startLb>[1], DesiredAcl['action'] | null, string]>([
  ['redirected', {}, HTTPS, '301'],
  ['denied', {}, DENY, '403'],
  ['without a server', { servers: [] }, null, '503'],
])('pipelined requests that are %s all get a response, in slices', async (_, backend, action) => {
  const { port: server } = await httpServer((_, response) => response.end())
  const running = startLb(server, backend)
  if (action) setRules(running, { acls: [testAcl({}, action)] })
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => tcpClient(running.port)))
  const responses = clients.map(countResponses)
  for (const client of clients) client.write(GET.repeat(AHEAD))
  const before = counted(running)
  let [maxPerIteration, last] = [0, before]
  while (responses.some((count) => count() < AHEAD)) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = counted(running)
    maxPerIteration = Math.max(maxPerIteration, now - last)
    last = now
  }
  expect(responses.map((count) => count())).toEqual(clients.map(() => AHEAD))
  expect(counted(running) - before).toBe(CLIENTS * AHEAD)
  expect(maxPerIteration).toBeLessThan(PER_ITERATION_MAX)
})

test.each([
  ['wait for the next iteration', { servers: [] }],
  ['wait for a full server', { max_connections: 1 }],
])('pipelined requests that %s are read as they get responses', async (_, backend) => {
  const server = await tcpServer(() => {})
  const { timeouts } = testBackend(server)
  const running = startLb(server, { ...backend, timeouts: { ...timeouts, queue: 1 } })
  const pending = await tcpClient(running.port)
  pending.write(GET)
  await until(() => counted(running) === 1)
  const client = await tcpClient(running.port)
  const responses = countResponses(client)
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'
  client.write(post.repeat(AHEAD))
  let maxAhead = 0
  while (responses() < 30) {
    await new Promise((resolve) => setImmediate(resolve))
    const counters = Object.values(running.lb.report().frontend_counters)[0]
    const response = (counters?.requests_total ?? 0) * post.length
    maxAhead = Math.max(maxAhead, (counters?.bytes_in ?? 0) - response)
  }
  expect(maxAhead).toBeLessThan(300_000)
})

test('a single request gets its response long before thousands of pipelined ones', async () => {
  const running = startLb(1, { servers: [] })
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => tcpClient(running.port)))
  const single = await tcpClient(running.port)
  for (const client of clients) client.resume().write(GET.repeat(AHEAD))
  single.write(GET)
  await once(single, 'data')
  expect(counted(running)).toBeLessThan((CLIENTS * AHEAD) / 2)
})

test('small chunks that arrive together are forwarded as few chunks, complete', async () => {
  const count = 20_000
  const parts: Buffer[] = []
  const server = await tcpServer((socket) => {
    socket.on('data', (bytes) => {
      parts.push(bytes)
      if (bytes.toString('latin1').endsWith('0\r\n\r\n')) socket.end(RESPONSE)
    })
  })
  const { port } = startLb(server)
  const client = await tcpClient(port)
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
  client.write(`${head}${'10\r\nsixteen bytes ok\r\n'.repeat(count)}0\r\n\r\n`)
  const [response] = await once(client.setEncoding('latin1'), 'data')
  expect(response).toContain('HTTP/1.1 200 ')
  const received = Buffer.concat(parts)
  const chunked = received.subarray(received.indexOf('\r\n\r\n') + 4)
  const framed = chunked.length
  const { data, done } = new ChunkedDecoder().push(chunked)
  const whole = data?.equals(Buffer.from('sixteen bytes ok'.repeat(count)))
  expect([whole, done]).toEqual([true, true])
  expect(framed).toBeLessThan(count * 17)
})

test('a body of one-byte chunks is refused early', async () => {
  const { port: server } = await httpServer((request, response) => {
    request
      .resume()
      .on('end', () => response.end())
      .on('error', () => {})
  })
  const running = startLb(server)
  const client = await tcpClient(running.port)
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
  client.write('1\r\na\r\n'.repeat(10_000))
  const [reply] = await once(client.setEncoding('latin1'), 'data')
  expect(reply).toContain('HTTP/1.1 400 ')
})

test('a request that is deferred to the next iteration gets a response even if its frontend is removed', async () => {
  const { port: server } = await httpServer((_, response) => response.end())
  const running = startLb(server)
  const client = await tcpClient(running.port)
  client.write(GET)
  await once(client.setEncoding('latin1'), 'data')
  const blocker = await tcpServer((socket) => {
    socket.write('ready')
    socket.once('data', () => {
      loopBudget.begin(socket)
      const end = performance.now() + 2 * ITERATION_MS
      while (performance.now() < end);
      loopBudget.elapsed()
      setImmediate(() => running.change({ frontends: [] }))
    })
  })
  const blocking = await tcpClient(blocker)
  await once(blocking, 'data')
  blocking.write('x')
  client.write(GET)
  const [reply] = await once(client, 'data')
  expect(reply).toContain('HTTP/1.1 200 ')
  expect(reply).toContain('Connection: close')
})

describe('a request whose rules take long to match', () => {
  const patterns = Array.from({ length: 20 }, (_, k) => `a.{100}b.{80}c${k}`)
  const path = () => `/${Array.from({ length: 8000 }, () => 'ab'[randomInt(2)]).join('')}`
  const get = () => `GET ${path()} HTTP/1.1\r\nHost: a\r\n\r\n`

  test('is matched over many slices, and requests pipelined behind it wait', async () => {
    const targets: string[] = []
    const { port: server } = await httpServer((request, response) => {
      targets.push(request.url ?? '')
      response.end()
    })
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns)), testAcl(pathBegin('/denied'))] })
    const client = await tcpClient(running.port)
    const responses = countResponses(client)
    const requests = [get(), 'GET /denied HTTP/1.1\r\nHost: a\r\n\r\n', get(), GET]
    client.write(requests.join(''))
    let iterations = 0
    while (responses() < requests.length) {
      await new Promise((resolve) => setImmediate(resolve))
      iterations += 1
    }
    expect(targets).toEqual([requests[0], requests[2], GET].map((text) => text?.split(' ')[1]))
    const counters = Object.values(running.lb.report().frontend_counters)[0]
    expect(counters).toMatchObject({ requests_total: 4, requests_denied: 1 })
    // At least 8,000 characters of 200 steps each, in slices of 0.25 ms.
    expect(iterations).toBeGreaterThan(5)
  })

  test('is matched with the rules that are in effect when matching ends', async () => {
    const { port: server } = await httpServer((_, response) => response.end())
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns), ALLOW)] })
    const client = await tcpClient(running.port)
    client.write(get())
    while (counted(running) === 0 && client.bytesWritten < 8000) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    setRules(running, { acls: [testAcl({})] })
    const [reply] = await once(client.setEncoding('latin1'), 'data')
    expect(reply).toContain('HTTP/1.1 403 ')
  })

  test('is aborted with its client after matching and before the response', async () => {
    let requests = 0
    let isClosed = false
    const server = await tcpServer((socket) => {
      socket.on('data', () => {
        requests += 1
      })
      socket.on('close', () => {
        isClosed = true
      })
    })
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns))] })
    const client = await tcpClient(running.port)
    client.write(get())
    await until(() => requests > 0)
    client.resetAndDestroy()
    await expect.poll(() => [isClosed, running.lb.sessions]).toEqual([true, 0])
  })

  test('has its body forwarded as it arrives', async () => {
    const size = 300_000
    const { port: server } = await httpServer((request, response) => {
      let received = 0
      request
        .on('data', (bytes) => {
          received += bytes.length
        })
        .on('end', () => response.end(String(received)))
    })
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns))] })
    const client = await tcpClient(running.port)
    client.write(`POST ${path()} HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
    client.write('x'.repeat(size))
    client.write('GET /denied HTTP/1.1\r\nHost: a\r\n\r\n')
    let text = ''
    client.setEncoding('latin1').on('data', (data) => {
      text += data
    })
    await until(() => text.split('HTTP/1.1 200 ').length === 3)
    expect(text).toContain(`\r\n\r\n${size}HTTP/1.1 200 `)
  })

  test('is aborted when its client resets during matching', async () => {
    const { port: server } = await httpServer((_, response) => response.end())
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns), ALLOW)] })
    const clients = await Promise.all(Array.from({ length: 40 }, () => tcpClient(running.port)))
    for (const client of clients) client.write(get())
    await until(() =>
      clients.every(({ bytesWritten, writableLength }) => bytesWritten - writableLength > 8000),
    )
    await new Promise((resolve) => setImmediate(resolve))
    for (const client of clients) client.resetAndDestroy()
    await until(() => running.lb.sessions === 0)
    expect(counted(running)).toBeLessThan(clients.length)
  })

  test('gets its response after its client has half-closed', async () => {
    const { port: server } = await httpServer((_, response) => response.end('ok'))
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns))] })
    const client = await tcpClient(running.port)
    let text = ''
    client.setEncoding('latin1').on('data', (data) => {
      text += data
    })
    client.end(get())
    await once(client, 'end')
    expect([text.slice(0, 13), text.slice(-2)]).toEqual(['HTTP/1.1 200 ', 'ok'])
  })

  test('may be aborted before it is matched', async () => {
    const { port: server } = await httpServer((_, response) => response.end())
    const running = startLb(server)
    setRules(running, { acls: [testAcl(pathRegex(...patterns), ALLOW)] })
    const client = await tcpClient(running.port)
    client.write(get())
    await new Promise((resolve) => setImmediate(resolve))
    client.resetAndDestroy()
    await until(() => running.lb.sessions === 0)
    const other = await tcpClient(running.port)
    other.write(GET)
    const [reply] = await once(other.setEncoding('latin1'), 'data')
    expect(reply).toContain('HTTP/1.1 200 ')
  })
})
