import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { LagMeter } from '#lib/testing/lag-meter.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import type { Checker, CheckResult } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'
import { runCheck } from './run-check.ts'

// Servers that accept connections and misserve: every kind of check fails with a reason, in time, closes the connection, and
// buffers no more than a response needs.

const TIMEOUT = 250
/** For failures that do not depend on a timeout. */
const LONG_TIMEOUT = 5000
/** How late a check may end on a busy machine. One that ignores its timeout never ends. Milliseconds. */
const LATE_MAX = 1000
/** The most that a check may buffer: its limit and one read. Bytes. */
const BUFFERED_MAX = 16_384 + 65_536

const HTTP = { method: 'GET', uri: '/', code: 200, host: '' } as const
const KINDS = {
  http: { type: 'http', ...HTTP },
  https: { type: 'https', sni: TEST_CERTIFICATE.name, ...HTTP },
  redis: { type: 'redis' },
  pgsql: { type: 'pgsql', user: 'health' },
  mysql: { type: 'mysql', user: 'health' },
  ldap: { type: 'ldap' },
} satisfies Record<string, DesiredCheckKind>
type Kind = keyof typeof KINDS

const MYSQL_GREETING = `\x0c\0\0\0\n8.4.0\0rest.`
const HTTP_RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
/** A response that passes the check. */
const RESPONSES: Record<Kind, Buffer> = {
  http: Buffer.from(HTTP_RESPONSE),
  https: Buffer.from(HTTP_RESPONSE),
  redis: Buffer.from('+PONG\r\n'),
  pgsql: Buffer.from('R\0\0\0\x08\0\0\0\x03'),
  mysql: Buffer.from(`${MYSQL_GREETING}\x07\0\0\x02\0\0\0\x02\0\0\0`),
  ldap: Buffer.from('300c02010161070a010004000400', 'hex'),
}
const MALFORMED_REASON: Record<Kind, string> = {
  http: 'not an HTTP response',
  https: 'not an HTTP response',
  redis: 'not a Redis response',
  pgsql: 'not a PostgreSQL response',
  mysql: 'not a MySQL response',
  ldap: 'not an LDAP response',
}
/** The start of an endless response, and the bytes that it repeats. */
const ENDLESS: Record<Kind, [string, string]> = {
  http: ['HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
  https: ['HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
  redis: ['+', 'PONG'],
  pgsql: ['E\0\0\x0f\xff', 'x'],
  mysql: [MYSQL_GREETING, '\0'],
  ldap: ['0\x82\x0f\xff', '\0'],
}

type Misbehaviour = {
  serve: (socket: Socket, kind: Kind) => void
  reason: (kind: Kind) => RegExp | string
}

const noResponse = `timed out after ${TIMEOUT} ms without a response`
const incomplete = `timed out after ${TIMEOUT} ms in the response`
/** A server that closes with a request unread resets the connection, later. */
const CLOSED = /^connection (closed without a response|reset)$/

const half = (kind: Kind) => RESPONSES[kind].subarray(0, RESPONSES[kind].length >> 1)

const MISBEHAVIOURS: Record<string, Misbehaviour> = {
  'sends nothing': { serve: () => {}, reason: () => noResponse },
  'closes at once': { serve: (socket) => socket.end(), reason: () => CLOSED },
  resets: { serve: (socket) => reset(socket), reason: () => CLOSED },
  'greets like an SSH server': {
    serve: (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'),
    reason: (kind) => MALFORMED_REASON[kind],
  },
  'half a response, then nothing': {
    serve: (socket, kind) => socket.write(half(kind)),
    reason: () => incomplete,
  },
  'half a response, then closes': {
    serve: (socket, kind) => socket.end(half(kind)),
    reason: () => /^connection (closed in the response|reset)$/,
  },
  'half a response, then resets': {
    serve: (socket, kind) => socket.write(half(kind), () => reset(socket)),
    reason: () => /^connection (closed (without a|in the) response|reset)$/,
  },
  'byte after byte': {
    serve: (socket, kind) => dribble(socket, RESPONSES[kind]),
    reason: () => incomplete,
  },
  'without end': {
    serve: flood,
    reason: (kind) =>
      kind.startsWith('http') ? 'the response is too long' : MALFORMED_REASON[kind],
  },
  ...Object.fromEntries(
    Object.keys(KINDS).map((other) => [`responds as ${other}`, speaking(other as Kind)]),
  ),
}

function speaking(other: Kind): Misbehaviour {
  return {
    serve: (socket) => socket.write(RESPONSES[other]),
    reason: (kind) => MALFORMED_REASON[kind],
  }
}

/** Resets a connection, under TLS too. */
function reset(socket: Socket): void {
  const { _parent: parent } = socket as { _parent?: Socket }
  ;(parent ?? socket).resetAndDestroy()
}

/** Sends the first byte at once, and each following byte after a pause. */
function dribble(socket: Socket, bytes: Buffer): void {
  let sent = 0
  const sendNext = () => socket.write(bytes.subarray(sent, ++sent))
  sendNext()
  const timer = setInterval(sendNext, TIMEOUT * 0.6)
  socket.once('close', () => clearInterval(timer))
}

function flood(socket: Socket, kind: Kind): void {
  const [start, repeated] = ENDLESS[kind].map((text) => Buffer.from(text, 'latin1'))
  const chunk = Buffer.alloc(65_536, repeated)
  const writeMore = () => {
    while (socket.writable && socket.write(chunk));
  }
  socket.write(start ?? '')
  socket.on('drain', writeMore)
  writeMore()
}

const ignore = () => {}
const lag = new LagMeter()
const closers: (() => void)[] = []
let open = 0
afterAll(() => {
  lag.stop()
  for (const close of closers) close()
})

/** Listens and counts open connections. @returns the port */
async function listen(server: Server): Promise<number> {
  server.on('connection', (socket: Socket) => {
    open += 1
    socket.on('error', ignore).on('close', () => open--)
  })
  server.listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function serverOf(kind: Kind, onClient: (socket: Socket) => void): Server {
  if (kind !== 'https') return createServer((socket) => onClient(socket.resume()))
  return createTlsServer(TEST_CERTIFICATE, (socket) =>
    onClient(socket.on('error', ignore).resume()),
  )
}

type Run = { result: CheckResult | null; lateMs: number; buffered: number }

/** Checks a port. @returns the result, how late it was, and the most bytes that were buffered for it */
async function check(kind: Kind, port: number, timeout: number): Promise<Run> {
  const health_check = { ...testBackend(port).health_check, kind: KINDS[kind] }
  const checker = checkerOf(health_check, TEST_ADDRESS)
  let buffered = 0
  const recorder: Checker = {
    request: () => checker.request(),
    judge: (received) => {
      buffered = Math.max(buffered, received.length)
      return checker.judge(received)
    },
  }
  const target = { address: TEST_ADDRESS, port, timeout, proxyHeader: null }
  const tls = kind === 'https' ? { verify: false, server_name: TEST_CERTIFICATE.name } : null
  const from = performance.now()
  const result = await new Promise<CheckResult | null>((resolve) => {
    runCheck(recorder, { ...target, tls }, resolve)
  })
  const to = performance.now()
  return { result, lateMs: to - from - timeout - lag.within(from, to), buffered }
}

// Loads all modules before anything is timed.
beforeAll(async () => {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const port = await listen(serverOf(kind, (socket) => socket.write(RESPONSES[kind])))
    expect((await check(kind, port, LONG_TIMEOUT)).result, kind).toMatchObject({ passed: true })
  }
})

type Case = { name: string; kind: Kind; server: Server; reason: RegExp | string }

const timesOut = ({ reason }: Case) => String(reason).startsWith('timed out')

async function expectDown(one: Case) {
  const { name, kind, server, reason } = one
  const timeout = timesOut(one) ? TIMEOUT : LONG_TIMEOUT
  const { result, lateMs, buffered } = await check(kind, await listen(server), timeout)
  const expected = reason instanceof RegExp ? expect.stringMatching(reason) : reason
  expect(result, name).toEqual({ passed: false, reason: expected })
  expect(lateMs, `${name}: in time`).toBeLessThan(LATE_MAX)
  expect(buffered, `${name}: memory`).toBeLessThanOrEqual(BUFFERED_MAX)
}

/** Runs the checks that time out concurrently, and the others one after the other. */
async function expectAllDown(cases: Case[]) {
  await Promise.all(cases.filter(timesOut).map(expectDown))
  for (const one of cases) if (!timesOut(one)) await expectDown(one)
  await until(() => open === 0)
}

test.each(Object.keys(KINDS) as Kind[])(
  '%s: the check of a misbehaving server fails',
  async (kind) => {
    const same = (name: string) =>
      name.startsWith('responds as') && RESPONSES[kind].equals(responseOf(name))
    const others = Object.entries(MISBEHAVIOURS).filter(([name]) => !same(name))
    const cases = others.map(([name, { serve, reason }]) => {
      const server = serverOf(kind, (socket) => serve(socket, kind))
      return { name, kind, server, reason: reason(kind) }
    })
    await expectAllDown(cases)
  },
)

function responseOf(name: string): Buffer {
  return RESPONSES[name.slice('responds as '.length) as Kind]
}

const HALF_A_RECORD = Buffer.from('160303004a020000', 'hex')
/** A client may ignore them (RFC 5246 section 7.4.1.1). */
const HELLO_REQUESTS = Buffer.concat([Buffer.from('1603031000', 'hex'), Buffer.alloc(4096)])
const inHandshake = `timed out after ${TIMEOUT} ms in the TLS handshake`

const HANDSHAKES: [string, (socket: Socket) => void, RegExp | string][] = [
  ['sends nothing', () => {}, inHandshake],
  ['closes at once', (socket) => socket.end(), /^connection (closed in the TLS handshake|reset)$/],
  ['resets', reset, 'connection reset'],
  ['begins and never ends', (socket) => socket.write(HALF_A_RECORD), inHandshake],
  [
    'begins and closes',
    (socket) => socket.end(HALF_A_RECORD),
    /^connection (closed in the TLS handshake|reset)$/,
  ],
  ['byte after byte', (socket) => dribble(socket, HALF_A_RECORD), inHandshake],
  [
    'sends plain HTTP',
    (socket) => socket.write(HTTP_RESPONSE),
    /^TLS handshake failed: .* not TLS$/,
  ],
  [
    'sends HelloRequest messages forever',
    (socket) => {
      const writeMore = () => {
        while (socket.writable && socket.write(HELLO_REQUESTS));
      }
      socket.on('drain', writeMore)
      writeMore()
    },
    inHandshake,
  ],
]

test('https: the check of a server with a failing TLS handshake fails', async () => {
  const cases = HANDSHAKES.map(([name, serve, reason]) => {
    const server = createServer((socket) => serve(socket.resume()))
    return { name, kind: 'https' as const, server, reason }
  })
  await expectAllDown(cases)
})
