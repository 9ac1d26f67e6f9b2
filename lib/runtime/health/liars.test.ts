import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { LagMeter } from '#lib/testing/lag-meter.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import type { Checker, Outcome } from './checker.ts'
import { checkerOf } from './checkers/checker-of.ts'
import { runCheck } from './run-check.ts'

// Servers that are there and do not do what they should: every kind of check finds each of them down, says why, in time,
// and keeps neither their connection nor more of what they say than an answer takes.

const TIMEOUT = 250
/** For what is found out before any timeout, however busy the machine is. */
const LONG_TIMEOUT = 5000
/** How late a check may end on a busy machine. One that ignores its timeout never ends. */
const ROOM = 1000
/** What a check may hold: its own bound, and the read that goes beyond it. */
const HELD_MAX = 16_384 + 65_536

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
const HTTP_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
/** What a server of that kind says, all that it takes to be up. */
const ANSWERS: Record<Kind, Buffer> = {
  http: Buffer.from(HTTP_ANSWER),
  https: Buffer.from(HTTP_ANSWER),
  redis: Buffer.from('+PONG\r\n'),
  pgsql: Buffer.from('R\0\0\0\x08\0\0\0\x03'),
  mysql: Buffer.from(`${MYSQL_GREETING}\x07\0\0\x02\0\0\0\x02\0\0\0`),
  ldap: Buffer.from('300c02010161070a010004000400', 'hex'),
}
const NOT_AN_ANSWER: Record<Kind, string> = {
  http: 'not an HTTP answer',
  https: 'not an HTTP answer',
  redis: 'not a Redis answer',
  pgsql: 'not a PostgreSQL answer',
  mysql: 'not a MySQL answer',
  ldap: 'not an LDAP answer',
}
/** The beginning of an answer that goes on for ever, and what it goes on with. */
const ENDLESS: Record<Kind, [string, string]> = {
  http: ['HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
  https: ['HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
  redis: ['+', 'PONG'],
  pgsql: ['E\0\0\x0f\xff', 'x'],
  mysql: [MYSQL_GREETING, '\0'],
  ldap: ['0\x82\x0f\xff', '\0'],
}

type Liar = {
  behave: (socket: Socket, kind: Kind) => void
  reason: (kind: Kind) => RegExp | string
}

const silence = `timed out after ${TIMEOUT} ms without an answer`
const broken = `timed out after ${TIMEOUT} ms within an answer`
/** A server that closes with a request unread resets the connection, later. */
const CLOSED = /^connection (closed without an answer|reset)$/

const half = (kind: Kind) => ANSWERS[kind].subarray(0, ANSWERS[kind].length >> 1)

const LIARS: Record<string, Liar> = {
  'says nothing': { behave: () => {}, reason: () => silence },
  'closes at once': { behave: (socket) => socket.end(), reason: () => CLOSED },
  resets: { behave: (socket) => reset(socket), reason: () => CLOSED },
  'greets as another would': {
    behave: (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'),
    reason: (kind) => NOT_AN_ANSWER[kind],
  },
  'half an answer, then nothing': {
    behave: (socket, kind) => socket.write(half(kind)),
    reason: () => broken,
  },
  'half an answer, then closes': {
    behave: (socket, kind) => socket.end(half(kind)),
    reason: () => /^connection (closed within an answer|reset)$/,
  },
  'half an answer, then resets': {
    behave: (socket, kind) => socket.write(half(kind), () => reset(socket)),
    reason: () => /^connection (closed (without|within) an answer|reset)$/,
  },
  'byte after byte': {
    behave: (socket, kind) => dribble(socket, ANSWERS[kind]),
    reason: () => broken,
  },
  'without end': {
    behave: flood,
    reason: (kind) => (kind.startsWith('http') ? 'answered too much' : NOT_AN_ANSWER[kind]),
  },
  ...Object.fromEntries(
    Object.keys(KINDS).map((other) => [`answers as ${other}`, speaking(other as Kind)]),
  ),
}

function speaking(other: Kind): Liar {
  return {
    behave: (socket) => socket.write(ANSWERS[other]),
    reason: (kind) => NOT_AN_ANSWER[kind],
  }
}

/** Resets a connection, under TLS too. */
function reset(socket: Socket): void {
  const { _parent: parent } = socket as { _parent?: Socket }
  ;(parent ?? socket).resetAndDestroy()
}

/** Says the first byte at once, and each of the others long after the one before. */
function dribble(socket: Socket, bytes: Buffer): void {
  let said = 0
  const sayNext = () => socket.write(bytes.subarray(said, ++said))
  sayNext()
  const timer = setInterval(sayNext, TIMEOUT * 0.6)
  socket.once('close', () => clearInterval(timer))
}

function flood(socket: Socket, kind: Kind): void {
  const [beginning, more] = ENDLESS[kind].map((text) => Buffer.from(text, 'latin1'))
  const chunk = Buffer.alloc(65_536, more)
  const goOn = () => {
    while (socket.writable && socket.write(chunk));
  }
  socket.write(beginning ?? '')
  socket.on('drain', goOn)
  goOn()
}

const ignore = () => {}
const lag = new LagMeter()
const closers: (() => void)[] = []
let open = 0
afterAll(() => {
  lag.stop()
  for (const close of closers) close()
})

/** Listens, counting the connections that are open. @returns its port */
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

type Run = { outcome: Outcome | null; late: number; held: number }

/** Checks a port. @returns what was found, how much later than the timeout, and the bytes that were held for it */
async function check(kind: Kind, port: number, timeout: number): Promise<Run> {
  const health_check = { ...testBackend(port).health_check, kind: KINDS[kind] }
  const checker = checkerOf(health_check, TEST_ADDRESS)
  let held = 0
  const watched: Checker = {
    open: () => checker.open(),
    judge: (received) => {
      held = Math.max(held, received.length)
      return checker.judge(received)
    },
  }
  const target = { address: TEST_ADDRESS, port, timeout, proxyHeader: null }
  const tls = kind === 'https' ? { verify: false, server_name: TEST_CERTIFICATE.name } : null
  const from = performance.now()
  const outcome = await new Promise<Outcome | null>((resolve) => {
    runCheck(watched, { ...target, tls }, resolve)
  })
  const to = performance.now()
  return { outcome, late: to - from - timeout - lag.within(from, to), held }
}

// What is loaded at its first use is not what is timed.
beforeAll(async () => {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const port = await listen(serverOf(kind, (socket) => socket.write(ANSWERS[kind])))
    expect((await check(kind, port, LONG_TIMEOUT)).outcome, kind).toMatchObject({ passed: true })
  }
})

type Lie = { name: string; kind: Kind; server: Server; reason: RegExp | string }

const takesAllTime = ({ reason }: Lie) => String(reason).startsWith('timed out')

/** What a liar is found to be, which is as expected, in time, and without holding more than it may. */
async function expectDown(lie: Lie) {
  const { name, kind, server, reason } = lie
  const timeout = takesAllTime(lie) ? TIMEOUT : LONG_TIMEOUT
  const { outcome, late, held } = await check(kind, await listen(server), timeout)
  const words = reason instanceof RegExp ? expect.stringMatching(reason) : reason
  expect(outcome, name).toEqual({ passed: false, words })
  expect(late, `${name}: in time`).toBeLessThan(ROOM)
  expect(held, `${name}: memory`).toBeLessThanOrEqual(HELD_MAX)
}

/** Checks those that take all of the time together, and the others one by one. */
async function expectAllDown(lies: Lie[]) {
  await Promise.all(lies.filter(takesAllTime).map(expectDown))
  for (const lie of lies) if (!takesAllTime(lie)) await expectDown(lie)
  await until(() => open === 0)
}

test.each(Object.keys(KINDS) as Kind[])('%s: no liar is up', async (kind) => {
  const same = (name: string) =>
    name.startsWith('answers as') && ANSWERS[kind].equals(answerOf(name))
  const liars = Object.entries(LIARS).filter(([name]) => !same(name))
  const lies = liars.map(([name, { behave, reason }]) => {
    const server = serverOf(kind, (socket) => behave(socket, kind))
    return { name, kind, server, reason: reason(kind) }
  })
  await expectAllDown(lies)
})

function answerOf(name: string): Buffer {
  return ANSWERS[name.slice('answers as '.length) as Kind]
}

const HALF_A_RECORD = Buffer.from('160303004a020000', 'hex')
/** Which a client may ignore, RFC 5246 section 7.4.1.1. */
const HELLO_REQUESTS = Buffer.concat([Buffer.from('1603031000', 'hex'), Buffer.alloc(4096)])
const inHandshake = `timed out after ${TIMEOUT} ms in the TLS handshake`

const HANDSHAKES: [string, (socket: Socket) => void, RegExp | string][] = [
  ['says nothing', () => {}, inHandshake],
  ['closes at once', (socket) => socket.end(), /^connection (closed in the TLS handshake|reset)$/],
  ['resets', reset, 'connection reset'],
  ['begins and never ends', (socket) => socket.write(HALF_A_RECORD), inHandshake],
  [
    'begins and closes',
    (socket) => socket.end(HALF_A_RECORD),
    /^connection (closed in the TLS handshake|reset)$/,
  ],
  ['byte after byte', (socket) => dribble(socket, HALF_A_RECORD), inHandshake],
  ['speaks no TLS', (socket) => socket.write(HTTP_ANSWER), /^TLS handshake failed: .* not TLS$/],
  [
    'never comes to its point',
    (socket) => {
      const goOn = () => {
        while (socket.writable && socket.write(HELLO_REQUESTS));
      }
      socket.on('drain', goOn)
      goOn()
    },
    inHandshake,
  ],
]

test('https: no TLS handshake that goes wrong is up', async () => {
  const lies = HANDSHAKES.map(([name, behave, reason]) => {
    const server = createServer((socket) => behave(socket.resume()))
    return { name, kind: 'https' as const, server, reason }
  })
  await expectAllDown(lies)
})
