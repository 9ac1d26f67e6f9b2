import { connect } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { DesiredBackend, DesiredConfig } from '#lib/protocol/desired-config.ts'
import { freePort, runLb, TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

vi.setConfig({ testTimeout: 120_000 })

const CLIENTS = 1000
const AT_ONCE = 20
const SERVERS = ['127.0.55.1', '127.0.55.2', '127.0.55.3', '127.0.55.4']
const NEW = '127.0.55.5'
const ALL = [...SERVERS, NEW]

/** A client with its own address, its cookie, and the server of its last response. */
type Client = { address: string; cookie: string; server: string }

const clients = (): Client[] =>
  Array.from({ length: CLIENTS }, (_, index) => ({
    address: `127.0.${index % 50}.${1 + Math.floor(index / 50)}`,
    cookie: '',
    server: '',
  }))

/** Servers that respond with their address. */
async function startServers(): Promise<number> {
  const port = await freePort()
  for (const address of ALL) {
    const response = `HTTP/1.1 200 OK\r\nContent-Length: ${address.length}\r\n\r\n${address}`
    await tcpServer((socket) => socket.on('data', () => socket.write(response)), { address, port })
  }
  return port
}

/** Sends a request on a new connection. */
function request({ address, cookie }: Client, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: TEST_ADDRESS, port, localAddress: address })
    const sent = cookie ? `Cookie: ${cookie}\r\n` : ''
    socket.write(`GET / HTTP/1.1\r\nHost: test\r\n${sent}\r\n`)
    socket.on('error', reject)
    socket.once('data', (response) => {
      resolve(String(response))
      socket.resetAndDestroy()
    })
  })
}

/** Sends a request from each client. @returns how many kept their server, and the clients that did not */
async function requestAll(all: Client[], port: number): Promise<{ kept: number; moved: Client[] }> {
  const left = all.values()
  const moved: Client[] = []
  const some = async () => {
    for (const client of left) {
      const response = await request(client, port)
      const server = response.slice(response.indexOf('\r\n\r\n') + 4)
      client.cookie = /^Set-Cookie: ([^;]+)/m.exec(response)?.[1] ?? client.cookie
      if (server !== client.server) moved.push(client)
      client.server = server
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some))
  return { kept: all.length - moved.length, moved }
}

const withBackend = ({ backends }: DesiredConfig, change: Partial<DesiredBackend>) => ({
  backends: backends.map((backend) => ({ ...backend, ...change })),
})

/** Starts the same configuration on the other node, as after a failover. */
function startOther(config: DesiredConfig): number {
  const [backend] = config.backends
  if (!backend) throw new Error('no backend')
  const other = runLb(backend)
  onTestFinished(() => {
    other.lb.retire()
  })
  return other.port
}

test(`cookie: ${CLIENTS} of ${CLIENTS} keep their server after changes and a failover`, async () => {
  const sticky = { type: 'cookie', name: 'SRV', nocache: true } as const
  const { lb, port, change } = startLb(await startServers(), { servers: SERVERS, sticky })
  const all = clients()
  await requestAll(all, port)
  expect((await requestAll(all, port)).kept).toBe(CLIENTS)

  change(withBackend(lb.config, { servers: ALL, algorithm: 'leastconn', max_retries: 1 }))
  expect((await requestAll(all, port)).kept).toBe(CLIENTS)

  expect((await requestAll(all, startOther(lb.config))).kept).toBe(CLIENTS)

  const ofRemoved = all.filter(({ server }) => server === SERVERS[0]).length
  expect(ofRemoved).toBe(CLIENTS / SERVERS.length)
  change(withBackend(lb.config, { servers: ALL.slice(1) }))
  expect((await requestAll(all, port)).kept).toBe(CLIENTS - ofRemoved)
})

test.each(['http', 'tcp'] as const)(
  'table, %s: all clients keep their server after a change and a failover, and a new server gets its share only',
  async (protocol) => {
    const sticky = { type: 'table' } as const
    const backend = { servers: SERVERS, sticky, protocol }
    const { lb, port, change } = startLb(await startServers(), backend)
    const all = clients()
    await requestAll(all, port)
    change(withBackend(lb.config, { algorithm: 'leastconn', max_retries: 1 }))
    expect((await requestAll(all, port)).kept).toBe(CLIENTS)
    expect((await requestAll(all, startOther(lb.config))).kept).toBe(CLIENTS)

    change(withBackend(lb.config, { servers: ALL }))
    const { moved } = await requestAll(all, port)
    expect(moved.every(({ server }) => server === NEW)).toBe(true)
    expect(moved.length).toBeGreaterThan(CLIENTS * 0.12)
    expect(moved.length).toBeLessThan(CLIENTS * 0.28)

    change(withBackend(lb.config, { servers: SERVERS }))
    expect((await requestAll(all, port)).kept).toBe(CLIENTS - moved.length)
  },
)
