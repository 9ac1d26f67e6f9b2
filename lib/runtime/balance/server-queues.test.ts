import { expect, onTestFinished, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'
import { type QueuedClient, ServerQueues } from './server-queues.ts'

/** Full servers with a limit of one connection, and clients that queue for them. */
function setUp(count: number) {
  const servers = Array.from({ length: count }, (_, at) => new Server('b', `10.0.0.${at}`, 80))
  for (const server of servers) {
    server.limit = 1
    server.inUse = 1
  }
  const queues = new ServerQueues()
  const served: string[] = []
  const rejected: string[] = []
  const hasSlot = (server: Server) => server.state !== 'down' && server.inUse < server.limit
  /** @param preferred the client sticks to the first of these that is not down; empty for any server */
  const enqueue = (name: string, preferred: Server[] = [], timeout = 60_000): QueuedClient => {
    const own = () => preferred.find(({ state }) => state !== 'down') ?? null
    const client: QueuedClient = {
      stickyServer: own,
      tryConnect() {
        const home = own()
        const server = home ? [home].find(hasSlot) : servers.find(hasSlot)
        if (!server) return false
        server.inUse += 1
        served.push(name)
        return true
      },
      reject: () => rejected.push(name),
    }
    queues.add(client, timeout)
    onTestFinished(() => queues.remove(client))
    return client
  }
  const free = (server: Server | undefined) => {
    if (!server) return
    server.inUse -= 1
    queues.dispatch(server)
  }
  return { servers, line: queues, served, gaveUp: rejected, enqueue, free }
}

/** Resolves after ten iterations: enough for a few clients, even if each takes a slice on a slow machine. */
async function afterSlices(): Promise<void> {
  for (let members = 0; members < 10; members += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a free slot goes to the client that has waited longest for this server or any', () => {
  const { servers, served, enqueue, free, line: queues } = setUp(2)
  const [a, b] = servers as [Server, Server]
  enqueue('b1', [b])
  enqueue('any1')
  enqueue('a1', [a])
  enqueue('any2')
  for (let times = 0; times < 3; times += 1) free(a)
  expect(served).toEqual(['any1', 'a1', 'any2'])
  free(a)
  expect([served.length, queues.length]).toEqual([3, 1])
  free(b)
  expect([served.at(-1), queues.length, queues.maxLength]).toEqual(['b1', 0, 4])
})

test('a client that is redispatched to another queue keeps its arrival time', async () => {
  const { servers, served, enqueue, free, line: queues } = setUp(2)
  const [a, b] = servers as [Server, Server]
  enqueue('a1', [a, b])
  enqueue('b1', [b])
  enqueue('a2', [a, b])
  enqueue('any')
  enqueue('a3', [a])
  a.state = 'down'
  queues.redispatch(a)
  await afterSlices()
  expect(served).toEqual([])
  for (let times = 0; times < 5; times += 1) free(b)
  expect(served).toEqual(['a1', 'b1', 'a2', 'any', 'a3'])
})

test('when a server goes down, its queued clients take free slots of another server at once', async () => {
  const { servers, served, enqueue, line: queues } = setUp(2)
  const [a, b] = servers as [Server, Server]
  enqueue('a1', [a])
  b.inUse = 0
  a.state = 'down'
  queues.redispatch(a)
  await afterSlices()
  expect([served, queues.length]).toEqual([['a1'], 0])
})

test('a client whose server is back up but full does not block those behind it', () => {
  const { servers, served, enqueue, free } = setUp(2)
  const [a, b] = servers as [Server, Server]
  a.state = 'down'
  enqueue('a1', [a, b])
  enqueue('b1', [b])
  a.state = 'up'
  free(b)
  expect(served).toEqual(['b1'])
  free(a)
  expect(served).toEqual(['b1', 'a1'])
})

test('after a change of the configuration all clients are redispatched, in order of arrival', async () => {
  const { servers, served, enqueue, line: queues } = setUp(2)
  const [a] = servers as [Server]
  for (const name of ['1', '2', '3']) enqueue(name, name === '2' ? [a] : [])
  a.limit = 3
  queues.redispatchAll()
  await afterSlices()
  expect([served, queues.length]).toEqual([['1', '2'], 1])
})

test('when no server is up all clients are rejected, which does not count as a timeout', async () => {
  const { servers, gaveUp: rejected, enqueue, line: queues } = setUp(1)
  enqueue('own', servers)
  enqueue('any')
  queues.rejectWhile(() => true)
  await afterSlices()
  expect([rejected, queues.length, queues.timeouts]).toEqual([['own', 'any'], 0, 0])
})

test('a thousand clients are redispatched and rejected in slices, in order', async () => {
  const { servers, served, gaveUp: rejected, enqueue, free, line: queues } = setUp(2)
  const [a, b] = servers as [Server, Server]
  const names = Array.from({ length: 1000 }, (_, at) => String(at))
  for (const name of names) enqueue(name, [a, b])
  a.state = 'down'
  queues.redispatch(a)
  // Later slices move the rest. No client overtakes another.
  await until(() => {
    free(b)
    return served.length === 100
  })
  expect(served).toEqual(names.slice(0, 100))
  let down = true
  queues.rejectWhile(() => down)
  await until(() => rejected.length > 0)
  down = false
  await new Promise((resolve) => setImmediate(resolve))
  const [first, left] = [rejected.length, queues.length]
  expect([rejected, first + left]).toEqual([names.slice(100, 100 + first), 900])
  await until(() => {
    free(b)
    return queues.length === 0
  })
  expect(served.slice(100)).toEqual(names.slice(100 + first))
})

test('a client that leaves or times out is removed from the queue', async () => {
  const { servers, served, gaveUp: rejected, enqueue, free, line: queues } = setUp(1)
  const [a] = servers as [Server]
  const leaving = enqueue('leaver', [a])
  enqueue('impatient', [a], 1)
  enqueue('last', [a])
  queues.remove(leaving)
  await until(() => rejected.length === 1)
  free(a)
  expect([served, rejected, queues.timeouts, queues.length]).toEqual([
    ['last'],
    ['impatient'],
    1,
    0,
  ])
})
