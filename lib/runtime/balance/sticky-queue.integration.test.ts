import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  lastRequest,
  sendBytes,
  statusOf,
  type Target,
  valuesOf,
} from '#lib/testing/runtime/raw-requests.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb } from '#lib/testing/runtime/sockets.ts'

// Compares how sticky clients of a full server queue with HAProxy.

const SERVER_PORT = 8080
const PORTS = { cookie: 8081, impatient: 8082, table: 8083, tcp: 8084, stats: 8085 }
type Kind = Exclude<keyof typeof PORTS, 'stats'>
const SERVERS = ownAddresses(2)
const [CLIENT = '', OTHER_CLIENT = ''] = ownAddresses(2)
const QUEUE_MS = 10_000
const SHORT_QUEUE_MS = 250

const STICKY: Record<Kind, Partial<DesiredBackend>> = {
  cookie: { sticky: { type: 'cookie', name: 'SRV', nocache: true } },
  impatient: {
    sticky: { type: 'cookie', name: 'SRV', nocache: true },
    timeouts: { ...testBackend(1).timeouts, queue: SHORT_QUEUE_MS },
  },
  table: { sticky: { type: 'table' } },
  tcp: { sticky: { type: 'table' }, protocol: 'tcp' },
}
const COOKIE_LINES = 'cookie SRV insert indirect'
const TABLE_LINES = 'stick-table type ip size 1k expire 1h\n  stick on src'
const LINES: Record<Kind, string> = {
  cookie: COOKIE_LINES,
  impatient: COOKIE_LINES,
  table: TABLE_LINES,
  tcp: `mode tcp\n  ${TABLE_LINES}`,
}

/** Servers that respond with their address. Requests for /hold… are pending until the test responds. */
async function startServers() {
  const pending: { path: string; address: string; response: ServerResponse }[] = []
  const running = new Map<string, Awaited<ReturnType<typeof httpServer>>['server']>()
  for (const address of SERVERS) {
    const { server } = await httpServer(
      ({ url: path = '' }, response) => {
        response.setHeader('X-Name', address).setHeader('Connection', 'close')
        if (path.startsWith('/hold')) pending.push({ path, address, response })
        else response.end('ok')
      },
      { address, port: SERVER_PORT },
    )
    running.set(address, server)
  }
  return { pending, running }
}

/** A proxy under test, and the total length of its queues. */
type Proxy = { address: Target; queueLength: () => Promise<number> }

const request = (address: Target, path: string, cookie = '') =>
  sendBytes(address, lastRequest('GET', path, cookie ? `Cookie: ${cookie}\r\n` : ''))
const nameIn = (response: string) => valuesOf(response, 'x-name')[0] ?? ''
const cookieIn = (response: string) => valuesOf(response, 'set-cookie')[0]?.split(';', 1)[0] ?? ''

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
  return { address: { host: TEST_ADDRESS, port }, queueLength: waiting }
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
  timeout queue ${kind === 'impatient' ? SHORT_QUEUE_MS : QUEUE_MS}ms
${SERVERS.map((server, at) => `  server s${at} ${server}:${SERVER_PORT} ${kind === 'cookie' || kind === 'impatient' ? `cookie c${at} ` : ''}${checked}`).join('\n')}`,
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
          .map((queues) => queues.split(','))
          .filter(([proxy, name]) => proxy === kind && name !== 'FRONTEND')
      }
      const servers = async () => (await rows()).filter(([, name]) => name?.startsWith('s'))
      await until(async () => (await servers()).every((row) => row[17] === 'UP'))
      return {
        address: { host, port: PORTS[kind] },
        // The backend's queue and those of its servers.
        queueLength: async () =>
          (await rows()).reduce((sum, [, , queued]) => sum + Number(queued), 0),
      }
    }
    const proxies = (kind: Kind): [string, () => Promise<Proxy>][] => [
      ['HAProxy', () => theirs(kind)],
      ['Fairlead', async () => ours(kind)],
    ]

    /** Occupies a server. Resolves with its address. */
    async function occupy(
      { address: target }: Proxy,
      pending: { path: string; address: string }[],
      path: string,
      cookie = '',
    ) {
      const before = pending.length
      const response = request(target, path, cookie)
      await until(() => pending.length > before)
      return { address: pending.at(-1)?.address ?? '', response }
    }

    test.each(
      (['cookie', 'table', 'tcp'] as const).flatMap((kind) =>
        proxies(kind).map(([name, start]) => ({ kind, name, start })),
      ),
    )(
      '$kind, $name: a client of a full server queues for it, others are served',
      async ({ start }) => {
        const { pending } = await startServers()
        const proxy = await start()
        const mine: Proxy = { ...proxy, address: { ...proxy.address, localAddress: CLIENT } }
        const first = await request(mine.address, '/')
        const own = nameIn(first)
        const cookie = cookieIn(first)
        const occupied = await occupy(mine, pending, '/hold', cookie)
        expect(occupied.address).toBe(own)
        const queued = request(mine.address, '/', cookie)
        await until(async () => (await proxy.queueLength()) === 1)
        if (cookie) {
          const other = await request({ ...proxy.address, localAddress: OTHER_CLIENT }, '/')
          expect(nameIn(other)).not.toBe(own)
        }
        pending[0]?.response.end('ok')
        await occupied.response
        const response = await queued
        expect([statusOf(response), nameIn(response), cookieIn(response)]).toEqual(['200', own, ''])
      },
    )

    test.each(proxies('impatient'))(
      '%s: 503 after the queue timeout, and the cookie stays',
      async (_, start) => {
        const { pending } = await startServers()
        const proxy = await start()
        const first = await request(proxy.address, '/')
        const cookie = cookieIn(first)
        await occupy(proxy, pending, '/hold', cookie)
        const from = performance.now()
        const refused = await request(proxy.address, '/', cookie)
        expect([statusOf(refused), cookieIn(refused)]).toEqual(['503', ''])
        expect(performance.now() - from).toBeGreaterThan(SHORT_QUEUE_MS * 0.9)
        pending[0]?.response.end('ok')
        await until(async () => statusOf(await request(proxy.address, '/', cookie)) === '200')
        expect(nameIn(await request(proxy.address, '/', cookie))).toBe(nameIn(first))
      },
    )

    test.each(
      (['cookie', 'table', 'tcp'] as const).flatMap((kind) =>
        proxies(kind).map(([name, start]) => ({ kind, name, start })),
      ),
    )(
      '$kind, $name: a client queued for a server that goes down is redispatched',
      async ({ kind, start }) => {
        const { pending, running } = await startServers()
        const proxy = await start()
        const mine: Proxy = { ...proxy, address: { ...proxy.address, localAddress: CLIENT } }
        const first = await request(mine.address, '/')
        const cookie = cookieIn(first)
        await occupy(mine, pending, '/hold', cookie)
        const queued = request(mine.address, '/', cookie)
        await until(async () => (await proxy.queueLength()) === 1)
        // The server refuses new connections and finishes the one in progress.
        running.get(nameIn(first))?.close()
        const response = await queued
        expect(statusOf(response)).toBe('200')
        expect(nameIn(response)).not.toBe(nameIn(first))
        expect(cookieIn(response) === '').toBe(kind !== 'cookie')
        pending[0]?.response.end('ok')
      },
    )

    test.each(proxies('cookie'))(
      '%s: a free slot goes to the client that has waited longest, in the server’s queue or the backend’s',
      async (_, start) => {
        const { pending } = await startServers()
        const proxy = await start()
        const cookies = new Map<string, string>()
        while (cookies.size < SERVERS.length) {
          const response = await request(proxy.address, '/')
          cookies.set(nameIn(response), cookieIn(response))
        }
        const [one = '', two = ''] = cookies.values()
        await occupy(proxy, pending, '/hold-one', one)
        await occupy(proxy, pending, '/hold-two', two)
        const wanted = [
          ['/hold-1-one', one],
          ['/hold-2-any', ''],
          ['/hold-3-two', two],
          ['/hold-4-one', one],
          ['/hold-5-any', ''],
          ['/hold-6-one', one],
        ] as const
        const responses: Promise<string>[] = []
        for (const [path, cookie] of wanted) {
          responses.push(request(proxy.address, path, cookie))
          await until(async () => (await proxy.queueLength()) === responses.length)
        }
        // Only the first server gets a free slot.
        const order: string[] = []
        const own = pending[0]?.address
        for (let round = 0; round < 5; round += 1) {
          const at = pending.findIndex(({ address }) => address === own)
          const [served] = pending.splice(at, 1)
          order.push(served?.path ?? '')
          served?.response.end('ok')
          await until(() => pending.some(({ address }) => address === own))
        }
        expect(order).toEqual([
          '/hold-one',
          '/hold-1-one',
          '/hold-2-any',
          '/hold-4-one',
          '/hold-5-any',
        ])
        expect(await proxy.queueLength()).toBe(1)
        let statuses: string[] | null = null
        void Promise.all(responses).then((all) => {
          statuses = all.map(statusOf)
        })
        await until(() => {
          for (const { response } of pending.splice(0)) response.end('ok')
          return statuses !== null
        })
        expect(statuses).toEqual(responses.map(() => '200'))
      },
    )
  },
)
