import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  answerTo,
  lastRequest,
  type Place,
  statusOf,
  valuesOf,
} from '#lib/testing/runtime/raw-requests.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb } from '#lib/testing/runtime/sockets.ts'

// Compares sticky clients of a full server with HAProxy.

const SERVER_PORT = 8080
const PORTS = { cookie: 8081, hasty: 8082, table: 8083, tcp: 8084, stats: 8085 }
type Kind = Exclude<keyof typeof PORTS, 'stats'>
const SERVERS = ownAddresses(2)
const [CLIENT = '', OTHER_CLIENT = ''] = ownAddresses(2)
const QUEUE_MS = 10_000
const HASTY_MS = 250

const STICKY: Record<Kind, Partial<DesiredBackend>> = {
  cookie: { sticky: { type: 'cookie', name: 'SRV', nocache: true } },
  hasty: {
    sticky: { type: 'cookie', name: 'SRV', nocache: true },
    timeouts: { ...testBackend(1).timeouts, queue: HASTY_MS },
  },
  table: { sticky: { type: 'table' } },
  tcp: { sticky: { type: 'table' }, protocol: 'tcp' },
}
const COOKIE_LINES = 'cookie SRV insert indirect'
const TABLE_LINES = 'stick-table type ip size 1k expire 1h\n  stick on src'
const LINES: Record<Kind, string> = {
  cookie: COOKIE_LINES,
  hasty: COOKIE_LINES,
  table: TABLE_LINES,
  tcp: `mode tcp\n  ${TABLE_LINES}`,
}

/** Servers that answer with their address. Requests for /hold… wait until they are released. */
async function heldServers() {
  const held: { path: string; address: string; response: ServerResponse }[] = []
  const running = new Map<string, Awaited<ReturnType<typeof httpServer>>['server']>()
  for (const address of SERVERS) {
    const { server } = await httpServer(
      ({ url: path = '' }, response) => {
        response.setHeader('X-Name', address).setHeader('Connection', 'close')
        if (path.startsWith('/hold')) held.push({ path, address, response })
        else response.end('ok')
      },
      { address, port: SERVER_PORT },
    )
    running.set(address, server)
  }
  return { held, running }
}

/** A proxy under test, and the length of its queues. */
type Proxy = { place: Place; waiting: () => Promise<number> }

const ask = (place: Place, path: string, cookie = '') =>
  answerTo(place, lastRequest('GET', path, cookie ? `Cookie: ${cookie}\r\n` : ''))
const nameIn = (answer: string) => valuesOf(answer, 'x-name')[0] ?? ''
const cookieIn = (answer: string) => valuesOf(answer, 'set-cookie')[0]?.split(';', 1)[0] ?? ''

function ours(kind: Kind): Proxy {
  const backend = testBackend(SERVER_PORT)
  const { port, lb } = startLb(SERVER_PORT, {
    servers: SERVERS,
    max_connections: 1,
    timeouts: { ...backend.timeouts, queue: QUEUE_MS, server: QUEUE_MS },
    health_check: { ...backend.health_check, retries: 1, delay: 20, transient_delay: 20 },
    ...STICKY[kind],
  })
  const waiting = async () =>
    Object.values(lb.report().backend_counters).reduce((sum, it) => sum + it.queue_current, 0)
  return { place: { host: TEST_ADDRESS, port }, waiting }
}

describeWith(
  ['haproxy'],
  'HAProxy',
  (address) => {
    const checked = 'maxconn 1 check inter 20 fall 1 rise 1'
    const sections = (Object.keys(LINES) as Kind[]).map(
      (kind) => `
listen ${kind}
  bind ${address}:${PORTS[kind]}
  ${LINES[kind]}
  option redispatch
  timeout queue ${kind === 'hasty' ? HASTY_MS : QUEUE_MS}ms
${SERVERS.map((server, at) => `  server s${at} ${server}:${SERVER_PORT} ${kind === 'cookie' || kind === 'hasty' ? `cookie c${at} ` : ''}${checked}`).join('\n')}`,
    )
    const stats = `listen stats\n  bind ${address}:${PORTS.stats}\n  stats enable\n  stats uri /`
    return startHaproxyWith({ address, port: PORTS.stats }, [...sections, stats].join('\n'))
  },
  (haproxy) => {
    /** Starts a proxy of a kind. Resolves once its servers are up. */
    async function theirs(kind: Kind): Promise<Proxy> {
      const host = haproxy().address
      const rows = async () => {
        const csv = await (await fetch(`http://${host}:${PORTS.stats}/;csv`)).text()
        return csv
          .split('\n')
          .map((line) => line.split(','))
          .filter(([proxy, name]) => proxy === kind && name !== 'FRONTEND')
      }
      const servers = async () => (await rows()).filter(([, name]) => name?.startsWith('s'))
      await until(async () => (await servers()).every((row) => row[17] === 'UP'))
      return {
        place: { host, port: PORTS[kind] },
        // The backend's queue and those of its servers.
        waiting: async () => (await rows()).reduce((sum, [, , queued]) => sum + Number(queued), 0),
      }
    }
    const proxies = (kind: Kind): [string, () => Promise<Proxy>][] => [
      ['HAProxy', () => theirs(kind)],
      ['Fairlead', async () => ours(kind)],
    ]

    /** Occupies a server. Resolves with its address and its cookie. */
    async function hold(
      { place }: Proxy,
      held: { path: string; address: string }[],
      path: string,
      cookie = '',
    ) {
      const before = held.length
      const answered = ask(place, path, cookie)
      await until(() => held.length > before)
      return { address: held.at(-1)?.address ?? '', answered }
    }

    test.each(
      (['cookie', 'table', 'tcp'] as const).flatMap((kind) =>
        proxies(kind).map(([name, start]) => ({ kind, name, start })),
      ),
    )(
      '$kind, $name: a client of a full server queues for it, others are served',
      async ({ start }) => {
        const { held } = await heldServers()
        const proxy = await start()
        const mine: Proxy = { ...proxy, place: { ...proxy.place, localAddress: CLIENT } }
        const first = await ask(mine.place, '/')
        const home = nameIn(first)
        const cookie = cookieIn(first)
        const holder = await hold(mine, held, '/hold', cookie)
        expect(holder.address).toBe(home)
        const waits = ask(mine.place, '/', cookie)
        await until(async () => (await proxy.waiting()) === 1)
        if (cookie) {
          const other = await ask({ ...proxy.place, localAddress: OTHER_CLIENT }, '/')
          expect(nameIn(other)).not.toBe(home)
        }
        held[0]?.response.end('ok')
        await holder.answered
        const answer = await waits
        expect([statusOf(answer), nameIn(answer), cookieIn(answer)]).toEqual(['200', home, ''])
      },
    )

    test.each(proxies('hasty'))(
      '%s: 503 after the queue timeout, and the cookie stays',
      async (_, start) => {
        const { held } = await heldServers()
        const proxy = await start()
        const first = await ask(proxy.place, '/')
        const cookie = cookieIn(first)
        await hold(proxy, held, '/hold', cookie)
        const from = performance.now()
        const refused = await ask(proxy.place, '/', cookie)
        expect([statusOf(refused), cookieIn(refused)]).toEqual(['503', ''])
        expect(performance.now() - from).toBeGreaterThan(HASTY_MS * 0.9)
        held[0]?.response.end('ok')
        await until(async () => statusOf(await ask(proxy.place, '/', cookie)) === '200')
        expect(nameIn(await ask(proxy.place, '/', cookie))).toBe(nameIn(first))
      },
    )

    test.each(
      (['cookie', 'table', 'tcp'] as const).flatMap((kind) =>
        proxies(kind).map(([name, start]) => ({ kind, name, start })),
      ),
    )(
      '$kind, $name: a client queued for a server that goes down is redispatched',
      async ({ kind, start }) => {
        const { held, running } = await heldServers()
        const proxy = await start()
        const mine: Proxy = { ...proxy, place: { ...proxy.place, localAddress: CLIENT } }
        const first = await ask(mine.place, '/')
        const cookie = cookieIn(first)
        await hold(mine, held, '/hold', cookie)
        const waits = ask(mine.place, '/', cookie)
        await until(async () => (await proxy.waiting()) === 1)
        // It refuses new connections; those in progress go on.
        running.get(nameIn(first))?.close()
        const answer = await waits
        expect(statusOf(answer)).toBe('200')
        expect(nameIn(answer)).not.toBe(nameIn(first))
        expect(cookieIn(answer) === '').toBe(kind !== 'cookie')
        held[0]?.response.end('ok')
      },
    )

    test.each(proxies('cookie'))(
      '%s: a free slot goes to the client that has waited longest, in the server’s queue or the backend’s',
      async (_, start) => {
        const { held } = await heldServers()
        const proxy = await start()
        const cookies = new Map<string, string>()
        while (cookies.size < SERVERS.length) {
          const answer = await ask(proxy.place, '/')
          cookies.set(nameIn(answer), cookieIn(answer))
        }
        const [one = '', two = ''] = cookies.values()
        await hold(proxy, held, '/hold-one', one)
        await hold(proxy, held, '/hold-two', two)
        const wanted = [
          ['/hold-1-one', one],
          ['/hold-2-any', ''],
          ['/hold-3-two', two],
          ['/hold-4-one', one],
          ['/hold-5-any', ''],
          ['/hold-6-one', one],
        ] as const
        const answers: Promise<string>[] = []
        for (const [path, cookie] of wanted) {
          answers.push(ask(proxy.place, path, cookie))
          await until(async () => (await proxy.waiting()) === answers.length)
        }
        // Only the first server gets a free slot.
        const order: string[] = []
        const home = held[0]?.address
        for (let turn = 0; turn < 5; turn += 1) {
          const at = held.findIndex(({ address }) => address === home)
          const [served] = held.splice(at, 1)
          order.push(served?.path ?? '')
          served?.response.end('ok')
          await until(() => held.some(({ address }) => address === home))
        }
        expect(order).toEqual([
          '/hold-one',
          '/hold-1-one',
          '/hold-2-any',
          '/hold-4-one',
          '/hold-5-any',
        ])
        expect(await proxy.waiting()).toBe(1)
        let statuses: string[] | null = null
        void Promise.all(answers).then((all) => {
          statuses = all.map(statusOf)
        })
        await until(() => {
          for (const { response } of held.splice(0)) response.end('ok')
          return statuses !== null
        })
        expect(statuses).toEqual(answers.map(() => '200'))
      },
    )
  },
)
