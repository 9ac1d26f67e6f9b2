import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { BoundListeners } from '#lib/runtime/sockets/bound-listeners.ts'
import { LbListeners } from '#lib/runtime/sockets/lb-listeners.ts'
import type { ListenerSource } from '#lib/runtime/sockets/listener-source.ts'
import { supervisedListeners } from '#lib/testing/node/socket-supervisor.ts'
import { freePort, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'

// The contract of every `ListenerSource`, with real sockets and the listeners of a load balancer as their holder.

/** An address that no machine has (RFC 5737). */
const NO_ADDRESS = '192.0.2.1'

type Implementation = {
  name: string
  start(): Promise<ListenerSource>
  /** Whether connections that arrive while the node is not active wait for it. */
  keepsQueue: boolean
}

const IMPLEMENTATIONS: Implementation[] = [
  { name: 'handed over by a supervisor', start: supervisedListeners, keepsQueue: true },
  { name: 'bound by the process', start: async () => new BoundListeners(), keepsQueue: false },
]

/** Short, because several tests wait for a retry. */
const RETRY_MS = 50

/** The listeners of a load balancer. */
function listenersOf(source: ListenerSource, lbId = 'lb') {
  const accepted: number[] = []
  const onConnection = (port: number, handle: TcpHandle) => {
    accepted.push(port)
    handle.close()
  }
  const listeners = new LbListeners(lbId, source, onConnection, () => {}, RETRY_MS)
  onTestFinished(() => listeners.release())
  const state = (port: number) => listeners.listener(port)?.state
  return {
    listeners,
    accepted,
    state,
    /** Claims ports. @param moved ports that frontends had before: old and new */
    use(ports: number[], moved: [number, number][] = [], address = TEST_ADDRESS): void {
      const prepared = listeners.prepare({ address, ports, master: 'a', carriage: null, moved })
      listeners.swap(prepared)
      listeners.startAndRetire(prepared)
    },
    reach: (port: number, wanted: string) => until(() => state(port) === wanted),
  }
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ host: TEST_ADDRESS, port })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** The error of a connection attempt; null if it succeeds. */
async function errorOf(port: number): Promise<string | null> {
  const socket = connect({ host: TEST_ADDRESS, port })
  try {
    await once(socket, 'connect')
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  } finally {
    socket.destroy()
  }
}

/** Connects, and waits until the connection has been accepted and closed. */
async function visit(port: number): Promise<void> {
  const socket = await client(port)
  socket.resume()
  await once(socket, 'close')
}

async function otherProgram(port: number): Promise<Server> {
  const server = createServer().listen(port, TEST_ADDRESS)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return server
}

describe.each(IMPLEMENTATIONS)('sockets $name', ({ start, keepsQueue }) => {
  test('are on standby, refuse connections until the node is active, and accept then', async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const ports = [await freePort(), await freePort()]
    use(ports)
    for (const port of ports) await reach(port, 'standby')
    for (const port of ports) expect(await errorOf(port)).toBe('ECONNREFUSED')
    listeners.activate()
    for (const port of ports) {
      await reach(port, 'listening')
      await visit(port)
    }
    expect(accepted).toEqual(ports)
  })

  test('of a port that another program has fail in words, and are tried again until they can be bound', async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const [taken, free] = [await freePort(), await freePort()]
    const other = await otherProgram(taken)
    listeners.activate()
    use([taken, free])
    await reach(taken, 'failed')
    expect(listeners.listener(taken)?.problem).toMatch(
      `Port ${taken} on ${TEST_ADDRESS} is already in use by another program.`,
    )
    await reach(free, 'listening')
    other.close()
    await reach(taken, 'listening')
    expect(listeners.listener(taken)?.problem).toBeNull()
    await visit(taken)
    expect(accepted).toEqual([taken])
  })

  test('of an address that the machine does not have fail in words', async () => {
    const { listeners, use, reach } = listenersOf(await start())
    const port = await freePort()
    use([port], [], NO_ADDRESS)
    await reach(port, 'failed')
    expect(listeners.listener(port)?.problem).toMatch(
      `this machine doesn't have the address ${NO_ADDRESS}`,
    )
  })

  test('of ports that stay are kept, others are opened and closed', async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const [stays, goes, comes] = [await freePort(), await freePort(), await freePort()]
    listeners.activate()
    use([stays, goes])
    await reach(stays, 'listening')
    await reach(goes, 'listening')
    const before = listeners.listener(stays)
    const socketBefore = [...listeners.sockets()].find(([{ port }]) => port === stays)?.[1]
    use([stays, comes])
    await reach(comes, 'listening')
    expect(listeners.listener(stays)).toBe(before)
    expect([...listeners.sockets()].map(([, handle]) => handle)).toContain(socketBefore)
    await until(async () => (await errorOf(goes)) === 'ECONNREFUSED')
    await visit(stays)
    await visit(comes)
    expect(accepted.filter((port) => port !== goes)).toEqual([stays, comes])
  })

  test('of a frontend that moves are served until its new port can be', async () => {
    const { listeners, use, reach, state, accepted } = listenersOf(await start())
    const [old, next] = [await freePort(), await freePort()]
    const other = await otherProgram(next)
    listeners.activate()
    use([old])
    await reach(old, 'listening')
    use([next], [[old, next]])
    await reach(next, 'failed')
    expect(listeners.vacatedFor(next)).toBe(old)
    await visit(old)
    other.close()
    await reach(next, 'listening')
    expect(listeners.vacatedFor(next)).toBeUndefined()
    expect(state(old)).toBeUndefined()
    await visit(next)
    expect(accepted).toEqual([old, next])
  })

  test('stay where two frontends exchange their ports', async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const [one, other] = [await freePort(), await freePort()]
    listeners.activate()
    use([one, other])
    await reach(one, 'listening')
    await reach(other, 'listening')
    const before = [...listeners.sockets()].map(([, handle]) => handle)
    use(
      [other, one],
      [
        [one, other],
        [other, one],
      ],
    )
    expect(new Set([...listeners.sockets()].map(([, handle]) => handle))).toEqual(new Set(before))
    await visit(one)
    await visit(other)
    expect(accepted).toEqual([one, other])
  })

  test('that one load balancer gives up can be bound for another', async () => {
    const source = await start()
    const [one, other] = [listenersOf(source, 'one'), listenersOf(source, 'other')]
    const port = await freePort()
    for (const { listeners } of [one, other]) listeners.activate()
    one.use([port])
    await one.reach(port, 'listening')
    other.use([port])
    await other.reach(port, 'failed')
    one.listeners.release()
    await other.reach(port, 'listening')
    await visit(port)
    expect([one.accepted, other.accepted]).toEqual([[], [port]])
  })

  test.each(['release', 'releaseAll'] as const)('are closed by %s', async (how) => {
    const source = await start()
    const { listeners, use, reach } = listenersOf(source)
    const port = await freePort()
    listeners.activate()
    use([port])
    await reach(port, 'listening')
    if (how === 'release') listeners.release()
    else {
      listeners.close()
      source.releaseAll()
    }
    await until(async () => (await errorOf(port)) === 'ECONNREFUSED')
    expect([...listeners.sockets()]).toEqual([])
    await otherProgram(port)
  })

  test('come again after the node has yielded, and are accepted from once it is active again', async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const port = await freePort()
    listeners.activate()
    use([port])
    await reach(port, 'listening')
    await visit(port)
    listeners.deactivate()
    await reach(port, 'standby')
    listeners.activate()
    await reach(port, 'listening')
    await visit(port)
    expect(accepted).toEqual([port, port])
  })

  const attempt = keepsQueue ? 'queue' : 'refuse'
  test(`${attempt} connections that arrive while the node is not active`, async () => {
    const { listeners, use, reach, accepted } = listenersOf(await start())
    const port = await freePort()
    listeners.activate()
    use([port])
    await reach(port, 'listening')
    listeners.deactivate()
    await reach(port, 'standby')
    if (!keepsQueue) {
      expect(await errorOf(port)).toBe('ECONNREFUSED')
      return
    }
    const waiting = [await client(port), await client(port)]
    expect(accepted).toEqual([])
    const closed = waiting.map((socket) => once(socket.resume(), 'close'))
    listeners.activate()
    await Promise.all(closed)
    expect(accepted).toEqual([port, port])
  })
})
