import { once } from 'node:events'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { freePort, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const FOUR = ['127.0.60.1', '::1', '127.0.60.2', '127.0.60.3']
const TWO = FOUR.slice(0, 2)

/** HTTP servers that respond with their address. @returns their port */
async function startNamedServers(addresses: string[]): Promise<number> {
  const port = await freePort()
  for (const address of addresses) {
    await httpServer((_, response) => response.end(address), { address, port })
  }
  return port
}

/** TCP servers, and the number of open connections of each. */
async function countedServers(addresses: string[]) {
  const port = await freePort()
  const open = new Map<string, Set<Socket>>()
  for (const address of addresses) {
    const sockets = new Set<Socket>()
    open.set(address, sockets)
    const handler = (socket: Socket) => {
      socket.on('close', () => sockets.delete(socket))
      socket.on('end', () => socket.end())
      // Health checks send nothing, and are not counted.
      socket.once('data', () => sockets.add(socket))
    }
    await tcpServer(handler, { address, port })
  }
  return { port, counts: () => addresses.map((address) => open.get(address)?.size) }
}

/** A TCP client that has sent a byte, so that its server counts it. */
async function openClient(port: number): Promise<Socket> {
  const socket = await tcpClient(port)
  socket.write('x')
  return socket
}

const get = async (port: number) => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()
const times = (responses: string[], address: string) =>
  responses.filter((response) => response === address).length
const each = <T>(addresses: string[], value: T) => addresses.map(() => value)

describe.each([
  ['two servers, IPv4 and IPv6', TWO],
  ['four servers, IPv4 and IPv6', FOUR],
])('%s', (_, servers) => {
  test('20 sequential requests are distributed evenly', async () => {
    const { port } = startLb(await startNamedServers(servers), { servers })
    const responses: string[] = []
    for (let index = 0; index < 20; index += 1) responses.push(await get(port))
    const split = servers.map((address) => times(responses, address))
    expect(split).toEqual(each(servers, 20 / servers.length))
  })

  test('20 concurrent requests are distributed evenly', async () => {
    const { port } = startLb(await startNamedServers(servers), { servers })
    const responses = await Promise.all(Array.from({ length: 20 }, () => get(port)))
    const split = servers.map((address) => times(responses, address))
    expect(split).toEqual(each(servers, 20 / servers.length))
  })

  test('20 TCP connections are distributed evenly, also by least connections', async () => {
    for (const algorithm of ['roundrobin', 'leastconn'] as const) {
      const { port: serverPort, counts } = await countedServers(servers)
      const { port } = startLb(serverPort, { servers, algorithm, protocol: 'tcp' })
      await Promise.all(Array.from({ length: 20 }, () => openClient(port)))
      await until(() => counts().reduce<number>((sum, count = 0) => sum + count, 0) === 20)
      expect(counts()).toEqual(each(servers, 20 / servers.length))
    }
  })
})

test('leastconn chooses the server whose connections ended, until they are even', async () => {
  const { port: serverPort, counts } = await countedServers(TWO)
  const { port } = startLb(serverPort, { servers: TWO, algorithm: 'leastconn', protocol: 'tcp' })
  const clients: Socket[] = []
  for (let index = 0; index < 8; index += 1) clients.push(await openClient(port))
  await expect.poll(() => counts()).toEqual([4, 4])
  // Connections alternate between the servers, so these are all on one.
  const left = clients.filter((_, index) => index % 2 === 0)
  for (const client of left) client.end()
  await expect.poll(() => [...counts()].sort()).toEqual([0, 4])
  for (let index = 0; index < 4; index += 1) await openClient(port)
  await expect.poll(() => counts()).toEqual([4, 4])
})

test('first fills the first server up to its limit, then the next, and returns to the first', async () => {
  const servers = FOUR.slice(0, 3)
  const { port: serverPort, counts } = await countedServers(servers)
  const { port } = startLb(serverPort, {
    servers,
    algorithm: 'first',
    protocol: 'tcp',
    max_connections: 3,
  })
  const clients: Socket[] = []
  for (let index = 0; index < 7; index += 1) clients.push(await openClient(port))
  await expect.poll(() => counts()).toEqual([3, 3, 1])
  for (const client of clients.slice(0, 2)) client.end()
  await expect.poll(() => counts()).toEqual([1, 3, 1])
  await openClient(port)
  await expect.poll(() => counts()).toEqual([2, 3, 1])
})

describe('the sticky cookie', () => {
  /** Servers that respond with the Cookie field that they received, and set a cookie. */
  async function start(): Promise<number> {
    const port = await freePort()
    for (const address of TWO) {
      await httpServer(
        ({ headers }, response) => {
          response.setHeader('Set-Cookie', ['own=1; Path=/x', 'SRV=mine'])
          response.end(`${address}|${headers.cookie ?? 'none'}`)
        },
        { address, port },
      )
    }
    const backend: Partial<DesiredBackend> = {
      servers: TWO,
      sticky: { type: 'cookie', name: 'SRV', nocache: true },
    }
    return startLb(port, backend).port
  }

  /** Sends one Cookie field for each cookie; fetch would join them. */
  async function getWith(port: number, ...cookies: string[]) {
    const socket = await tcpClient(port)
    const fields = cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join('')
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`)
    const response = await text(socket)
    const [server, received] = response.slice(response.lastIndexOf('\r\n\r\n') + 4).split('|')
    const set = [...response.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, value]) => value ?? '')
    return { server, received, ours: set.filter((value) => /^SRV=(?!mine)/.test(value)), set }
  }

  test('has Path, HttpOnly and SameSite, and the server’s other cookies are forwarded', async () => {
    const { set } = await getWith(await start())
    expect(set).toEqual(['own=1; Path=/x', expect.stringMatching(/^SRV=(?!mine)/)])
    const [, ...attributes] = set[1]?.split('; ') ?? []
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax'])
  })

  test.each([
    ['alone', (own: string) => [own], 'none'],
    ['first', (own: string) => [`${own}; b=2`], 'b=2'],
    ['last', (own: string) => [`b=2; ${own}`], 'b=2'],
    ['without a space', (own: string) => [`a=1;${own};b=2`], 'a=1; b=2'],
    ['in a field of its own', (own: string) => ['a=1', own, 'b=2'], 'a=1; b=2'],
    ['twice', (own: string) => [`${own}; a=1; ${own}`], 'a=1'],
    ['beside names like it', (own: string) => [`xSRV=1; ${own}; SRVx=2`], 'xSRV=1; SRVx=2'],
  ])('%s selects the server and is not forwarded', async (_, cookies, expected) => {
    const port = await start()
    const first = await getWith(port)
    const own = first.ours[0]?.split(';')[0] ?? ''
    for (let index = 0; index < 3; index += 1) {
      const { server, received, ours } = await getWith(port, ...cookies(own))
      expect({ server, received, ours }).toEqual({
        server: first.server,
        received: expected,
        ours: [],
      })
    }
  })

  test('that names an unknown server is replaced', async () => {
    const { received, ours } = await getWith(await start(), 'SRV=0123456789abcdef; a=1')
    expect(received).toBe('a=1')
    expect(ours).toHaveLength(1)
  })

  test.each([
    ['the last retry', null, 3],
    ['the first retry', 1, 1],
    ['the second retry', 2, 2],
  ])(
    'is replaced at %s if its server refuses connections',
    async (_, redispatch_after, refused) => {
      const port = await freePort()
      const [home = '', other = ''] = TWO
      const leaving = await httpServer((_, response) => response.end(home), { address: home, port })
      await httpServer((_, response) => response.end(other), { address: other, port })
      const sticky = { type: 'cookie', name: 'SRV', nocache: true } as const
      const { port: frontend, lb } = startLb(port, {
        servers: TWO,
        sticky,
        algorithm: 'first',
        redispatch_after,
      })
      // The first check must be over: one after the close would mark the server down.
      await until(() => lb.report().servers.every(({ state }) => state === 'up'))
      const first = await fetch(`http://${TEST_ADDRESS}:${frontend}/`)
      expect(await first.text()).toBe(home)
      const cookie = first.headers.get('set-cookie') ?? ''
      const closed = once(leaving.server, 'close')
      leaving.server.close()
      leaving.server.closeAllConnections()
      await closed
      const second = await fetch(`http://${TEST_ADDRESS}:${frontend}/`, { headers: { cookie } })
      expect(await second.text()).toBe(other)
      expect(second.headers.get('set-cookie')).toMatch(/^SRV=/)
      expect(second.headers.get('set-cookie')).not.toBe(cookie)
      expect(lb.report().counters.connect_failures).toBe(refused)
    },
  )
})
