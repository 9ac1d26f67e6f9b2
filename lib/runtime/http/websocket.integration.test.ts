import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { startLb } from '#lib/testing/runtime/sockets.ts'

/** Starts a WebSocket server behind a load balancer. */
async function start(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
  {
    options = {},
    backend = {},
  }: { options?: ServerOptions; backend?: Partial<DesiredBackend> } = {},
) {
  const server = new WebSocketServer({ port: 0, host: TEST_ADDRESS, ...options })
  server.on('connection', onConnection)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const { lb, port, change } = startLb((server.address() as AddressInfo).port, backend)
  return { url: `ws://${TEST_ADDRESS}:${port}/chat`, lb, change }
}

function open(url: string, protocols: string[] = []): WebSocket {
  const socket = new WebSocket(url, protocols)
  socket.on('error', () => {})
  onTestFinished(() => socket.terminate())
  return socket
}

const echo = (socket: WebSocket) =>
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const timeouts = (tunnel: number) => ({ ...testBackend(1).timeouts, tunnel })

test('the handshake is forwarded with path, subprotocol and the server’s response', async () => {
  const requested: IncomingMessage[] = []
  const { url } = await start((_, request) => requested.push(request), {
    options: { handleProtocols: () => 'v2.chat' },
  })
  const socket = open(`${url}?room=1`, ['v1.chat', 'v2.chat'])
  await once(socket, 'open')
  expect(socket.protocol).toBe('v2.chat')
  expect(requested[0]?.url).toBe('/chat?room=1')
  expect(requested[0]?.headers['x-forwarded-for']).toBe(TEST_ADDRESS)
})

test('the server may send first, and both ends can ping', async () => {
  const { url } = await start((socket) => {
    socket.send('welcome')
    socket.ping('from the server')
  })
  const socket = open(url)
  const messages = [once(socket, 'message'), once(socket, 'ping')]
  const [[welcome], [ping]] = (await Promise.all(messages)) as [[Buffer], [Buffer]]
  expect([String(welcome), String(ping)]).toEqual(['welcome', 'from the server'])
  socket.ping('from the client')
  const [pong] = (await once(socket, 'pong')) as [Buffer]
  expect(String(pong)).toBe('from the client')
})

test.each([
  ['plain', false],
  ['compressed', true],
] as const)('large %s messages in many fragments are byte-exact', async (_, deflate) => {
  const { url } = await start(echo, { options: { perMessageDeflate: deflate } })
  const socket = open(url)
  await once(socket, 'open')
  expect(socket.extensions.includes('permessage-deflate')).toBe(deflate)
  const fragments = Array.from({ length: 64 }, () => randomBytes(61_007))
  for (const [index, fragment] of fragments.entries()) {
    socket.send(fragment, { binary: true, fin: index === fragments.length - 1 })
  }
  const [back] = (await once(socket, 'message')) as [Buffer]
  expect(hash(back)).toBe(hash(Buffer.concat(fragments)))
})

test('1,000 small messages in each direction keep their order', async () => {
  const { url } = await start(echo)
  const socket = open(url)
  const received: string[] = []
  socket.on('message', (data) => received.push(String(data)))
  await once(socket, 'open')
  const sent = Array.from({ length: 1000 }, (_, index) => `message ${index}`)
  for (const message of sent) socket.send(message)
  await until(() => received.length === sent.length)
  expect(received).toEqual(sent)
})

test('close codes and reasons are forwarded in both directions', async () => {
  const closes: [number, string][] = []
  const { url, lb } = await start((socket, request) => {
    socket.on('close', (code, reason) => closes.push([code, String(reason)]))
    if (request.url?.endsWith('/leave')) socket.close(1013, 'try again later')
  })
  const results = open(`${url}/leave`)
  const [code, reason] = (await once(results, 'close')) as [number, Buffer]
  expect([code, String(reason)]).toEqual([1013, 'try again later'])

  const closer = open(url)
  await once(closer, 'open')
  closer.close(4001, 'done')
  await until(() => closes.length === 2)
  expect(closes).toEqual([
    [1013, 'try again later'],
    [4001, 'done'],
  ])
  await until(() => lb.sessions === 0)
})

test('a reset of one end reaches the other', async () => {
  const servers: WebSocket[] = []
  const { url, lb } = await start((socket) => servers.push(socket))
  const [first, second] = [open(url), open(url)]
  await Promise.all([once(first, 'open'), once(second, 'open')])
  await until(() => servers.length === 2)
  const closed = servers.map((socket) => once(socket, 'close'))
  first.terminate()
  const [code] = (await Promise.race(closed)) as [number]
  expect(code).toBe(1006)
  servers.find((socket) => socket.readyState === WebSocket.OPEN)?.terminate()
  const [other] = (await once(second, 'close')) as [number]
  expect(other).toBe(1006)
  await until(() => lb.sessions === 0)
})

test('the tunnel timeout closes a silent connection, and pings keep one open', async () => {
  const { url } = await start(() => {}, { backend: { timeouts: timeouts(250) } })
  const [silent, pinging] = [open(url), open(url)]
  await Promise.all([once(silent, 'open'), once(pinging, 'open')])
  let pongs = 0
  pinging.on('pong', () => {
    pongs += 1
  })
  const pings = setInterval(() => pinging.ping(), 40)
  onTestFinished(() => clearInterval(pings))
  const [code] = (await once(silent, 'close')) as [number]
  expect(code).toBe(1006)
  await until(() => pongs >= 10)
  expect(pinging.readyState).toBe(WebSocket.OPEN)
})

test('a connection survives changes of the configuration, even without its frontend', async () => {
  const { url, lb, change } = await start(echo)
  const socket = open(url)
  const received: string[] = []
  socket.on('message', (data) => received.push(String(data)))
  await once(socket, 'open')
  const changes = [
    { backends: lb.config.backends.map((it) => ({ ...it, max_retries: 1 })) },
    { backends: lb.config.backends.map((it) => ({ ...it, servers: ['127.0.60.9'] })) },
    { frontends: [], backends: [] },
  ]
  for (const [index, it] of changes.entries()) {
    change(it)
    socket.send(`after ${index}`)
    await expect.poll(() => received.at(-1)).toBe(`after ${index}`)
  }
})

test('a refused handshake is forwarded', async () => {
  const { url } = await start(() => {}, {
    options: { verifyClient: (_, verdict) => verdict(false, 401, 'Who are you?') },
  })
  const socket = open(url)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(401)
})

test('500 concurrent connections are all closed and released', async () => {
  const { url, lb } = await start(echo)
  const roundTrip = async (index: number) => {
    const socket = open(url)
    await once(socket, 'open')
    socket.send(`I am ${index}`)
    const [data] = (await once(socket, 'message')) as [Buffer]
    expect(String(data)).toBe(`I am ${index}`)
    return socket
  }
  const sockets = await Promise.all(Array.from({ length: 500 }, (_, index) => roundTrip(index)))
  expect(lb.sessions).toBe(500)
  for (const socket of sockets) socket.close()
  await until(() => lb.sessions === 0)
  const [server] = Object.values(lb.report().server_counters)
  expect(server?.connections_current).toBe(0)
})
