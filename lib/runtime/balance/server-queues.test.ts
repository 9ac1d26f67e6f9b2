import { expect, onTestFinished, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'
import { type QueuedClient, ServerQueues } from './server-queues.ts'

/** Servers with room for one, and waiters that take it. */
function scene(count: number) {
  const servers = Array.from({ length: count }, (_, at) => new Server('b', `10.0.0.${at}`, 80))
  for (const server of servers) {
    server.limit = 1
    server.inUse = 1
  }
  const line = new ServerQueues()
  const served: string[] = []
  const gaveUp: string[] = []
  const has = (server: Server) => server.state !== 'down' && server.inUse < server.limit
  /** @param wished servers in order of preference: it waits for the first that is not down; empty for any */
  const wait = (name: string, wished: Server[] = [], timeout = 60_000): QueuedClient => {
    const own = () => wished.find(({ state }) => state !== 'down') ?? null
    const waiter: QueuedClient = {
      stickyServer: own,
      tryConnect() {
        const home = own()
        const server = home ? [home].find(has) : servers.find(has)
        if (!server) return false
        server.inUse += 1
        served.push(name)
        return true
      },
      reject: () => gaveUp.push(name),
    }
    line.add(waiter, timeout)
    onTestFinished(() => line.remove(waiter))
    return waiter
  }
  const free = (server: Server | undefined) => {
    if (!server) return
    server.inUse -= 1
    line.dispatch(server)
  }
  return { servers, line, served, gaveUp, wait, free }
}

/** A few are looked at in one slice of the event loop, or one by one on a slow machine. */
async function sliced(): Promise<void> {
  for (let members = 0; members < 10; members += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a free slot goes to the client that has waited longest for this server or any', () => {
  const { servers, served, wait, free, line } = scene(2)
  const [a, b] = servers as [Server, Server]
  wait('b1', [b])
  wait('any1')
  wait('a1', [a])
  wait('any2')
  for (let times = 0; times < 3; times += 1) free(a)
  expect(served).toEqual(['any1', 'a1', 'any2'])
  free(a)
  expect([served.length, line.length]).toEqual([3, 1])
  free(b)
  expect([served.at(-1), line.length, line.maxLength]).toEqual(['b1', 0, 4])
})

test('a client redispatched to another queue keeps its arrival', async () => {
  const { servers, served, wait, free, line } = scene(2)
  const [a, b] = servers as [Server, Server]
  wait('a1', [a, b])
  wait('b1', [b])
  wait('a2', [a, b])
  wait('any')
  wait('a3', [a])
  a.state = 'down'
  line.redispatch(a)
  await sliced()
  expect(served).toEqual([])
  for (let times = 0; times < 5; times += 1) free(b)
  expect(served).toEqual(['a1', 'b1', 'a2', 'any', 'a3'])
})

test('when a server goes down, its clients take another server’s free slots at once', async () => {
  const { servers, served, wait, line } = scene(2)
  const [a, b] = servers as [Server, Server]
  wait('a1', [a])
  b.inUse = 0
  a.state = 'down'
  line.redispatch(a)
  await sliced()
  expect([served, line.length]).toEqual([['a1'], 0])
})

test('a client whose server is back up but full does not block those behind it', () => {
  const { servers, served, wait, free } = scene(2)
  const [a, b] = servers as [Server, Server]
  a.state = 'down'
  wait('a1', [a, b])
  wait('b1', [b])
  a.state = 'up'
  free(b)
  expect(served).toEqual(['b1'])
  free(a)
  expect(served).toEqual(['b1', 'a1'])
})

test('after a change of configuration everyone tries, in order of arrival', async () => {
  const { servers, served, wait, line } = scene(2)
  const [a] = servers as [Server]
  for (const name of ['1', '2', '3']) wait(name, name === '2' ? [a] : [])
  a.limit = 3
  line.redispatchAll()
  await sliced()
  expect([served, line.length]).toEqual([['1', '2'], 1])
})

test('when no server is up everyone is dismissed, which is not a timeout', async () => {
  const { servers, gaveUp, wait, line } = scene(1)
  wait('own', servers)
  wait('any')
  line.rejectWhile(() => true)
  await sliced()
  expect([gaveUp, line.length, line.timeouts]).toEqual([['own', 'any'], 0, 0])
})

test('a thousand clients are moved and dismissed in slices, in order', async () => {
  const { servers, served, gaveUp, wait, free, line } = scene(2)
  const [a, b] = servers as [Server, Server]
  const names = Array.from({ length: 1000 }, (_, at) => String(at))
  for (const name of names) wait(name, [a, b])
  a.state = 'down'
  line.redispatch(a)
  // The rest moves in later slices. None of them is overtaken before that.
  await until(() => {
    free(b)
    return served.length === 100
  })
  expect(served).toEqual(names.slice(0, 100))
  let down = true
  line.rejectWhile(() => down)
  await until(() => gaveUp.length > 0)
  down = false
  await new Promise((resolve) => setImmediate(resolve))
  const [first, left] = [gaveUp.length, line.length]
  expect([gaveUp, first + left]).toEqual([names.slice(100, 100 + first), 900])
  await until(() => {
    free(b)
    return line.length === 0
  })
  expect(served.slice(100)).toEqual(names.slice(100 + first))
})

test('a client that leaves or times out frees its place', async () => {
  const { servers, served, gaveUp, wait, free, line } = scene(1)
  const [a] = servers as [Server]
  const leaver = wait('leaver', [a])
  wait('hasty', [a], 1)
  wait('last', [a])
  line.remove(leaver)
  await until(() => gaveUp.length === 1)
  free(a)
  expect([served, gaveUp, line.timeouts, line.length]).toEqual([['last'], ['hasty'], 1, 0])
})
