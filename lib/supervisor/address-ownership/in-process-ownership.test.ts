import { once } from 'node:events'
import * as net from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import {
  ADDRESS,
  claim,
  type RecordedWorker,
  recordedWorker,
} from '#lib/testing/supervisor/recorded-worker.ts'
import { bindSockets } from './bind-sockets.ts'
import { InProcessOwnership, UNCLAIMED_MS } from './in-process-ownership.ts'

// The sockets that `InProcessOwnership` hands over. What every implementation does: address-ownership.test.ts.

const LB = 'lb-1'

let ownership: InProcessOwnership
/** The ports of the sockets that are open. */
let open: number[]

beforeEach(() => {
  open = []
  const bind = (address: string, port: number, count: number) => {
    const sockets = bindSockets(address, port, count)
    return 'code' in sockets ? sockets : sockets.map((socket) => noteOpen(port, socket))
  }
  ownership = new InProcessOwnership({ bind })
})
afterEach(() => {
  ownership.close()
  vi.useRealTimers()
})

function noteOpen(port: number, socket: BoundSocket): BoundSocket {
  open.push(port)
  const close = socket.close.bind(socket)
  return Object.assign(socket, {
    close() {
      open.splice(open.indexOf(port), 1)
      close()
    },
  })
}

function claiming(ports: number[], ...workers: [NodeName, worker: number, workers: number][]) {
  return workers.map((id) => {
    const one = recordedWorker(...id)
    ownership.claim(one, claim(ports))
    return one
  })
}

type Two = [RecordedWorker, RecordedWorker]
const bothClaim = (...ports: number[]) =>
  claiming(ports, ['fr-par-a', 1, 1], ['fr-par-b', 1, 1]) as Two

/** The shards that a worker has of all ports. */
function shardsOf({ sent }: RecordedWorker): number[] {
  const has = new Set<number>()
  for (const message of sent) {
    if (message.type === 'socket') has.add(message.shard)
    if (message.type === 'socket_withdrawn') has.delete(message.shard)
  }
  return [...has]
}

test('owner and backup have the same sockets', () => {
  const [a, b] = bothClaim(8101, 8102)
  expect(a.types()).toEqual(['activate', 'socket', 'socket'])
  expect(b.types()).toEqual(['socket', 'socket'])
})

test('only new ports are handed over, and those that no node claims are closed', () => {
  const [a, b] = bothClaim(8105)
  ownership.claim(a, claim([8106]))
  expect(a.types()).toEqual(['activate', 'socket', 'socket'])
  expect(open).toEqual([8105, 8106])
  ownership.claim(b, claim([8106]))
  expect(open).toEqual([8106])
  ownership.release(a, LB)
  ownership.release(b, LB)
  expect(open).toEqual([])
})

test('a port that is in use is reported, and bound once it is free', async () => {
  const other = net.createServer().listen(8107, ADDRESS)
  await once(other, 'listening')
  const [a] = claiming([8107], ['fr-par-a', 1, 1]) as Two
  expect(a.sent[1]).toMatchObject({ type: 'socket_failed', port: 8107, code: 'EADDRINUSE' })
  other.close()
  await once(other, 'close')
  ownership.claim(a, claim([8107]))
  expect(a.types()).toEqual(['activate', 'socket_failed', 'socket'])
})

test('an address that this machine does not have is reported', () => {
  const a = recordedWorker('fr-par-a')
  ownership.claim(a, claim([8108], LB, '192.0.2.1'))
  expect(a.sent[1]).toMatchObject({ type: 'socket_failed', code: 'EADDRNOTAVAIL' })
})

test('a reused address waits until every node has released the previous load balancer', () => {
  const [a, b] = bothClaim(8109)
  ownership.release(a, LB)
  ownership.claim(a, claim([8109], 'lb-2'))
  expect(a.types()).toEqual(['activate', 'socket', 'activate'])
  ownership.release(b, LB)
  expect(a.sent.at(-1)).toMatchObject({ type: 'socket', lb_id: 'lb-2', port: 8109 })
})

test('after a switchover the previous owner has the sockets again, as the backup', () => {
  const [a, b] = bothClaim(8113)
  void ownership.switchOver(LB)
  ownership.claim(a, claim([8113]))
  expect(a.types()).toEqual(['activate', 'socket', 'deactivate'])
  ownership.stoppedAccepting(a, LB)
  expect(a.types().at(-1)).toBe('socket')
  expect(b.types()).toEqual(['socket', 'activate'])
})

test('where both nodes are away, the kernel queues connections for the first that returns', async () => {
  const [a, b] = bothClaim(8121)
  a.sockets.get(8121)?.listen(8)
  for (const one of [a, b]) ownership.ended(one)
  const client = net.connect(8121, ADDRESS)
  await once(client, 'connect')
  client.destroy()
  const [again] = claiming([8121], ['fr-par-b', 1, 1])
  expect(again?.types()).toEqual(['activate', 'socket'])
})

test('where no node returns, connections are refused in the end', async () => {
  vi.useFakeTimers()
  const [a, b] = bothClaim(8122)
  a.sockets.get(8122)?.listen(8)
  for (const one of [a, b]) ownership.ended(one)
  vi.advanceTimersByTime(UNCLAIMED_MS)
  vi.useRealTimers()
  const [error] = await once(net.connect(8122, ADDRESS), 'error')
  expect(error.code).toBe('ECONNREFUSED')
})

describe('of nodes with two workers', () => {
  type Four = [...Two, ...Two]
  const allClaim = (...ports: number[]) =>
    claiming(
      ports,
      ['fr-par-a', 1, 2],
      ['fr-par-a', 2, 2],
      ['fr-par-b', 1, 2],
      ['fr-par-b', 2, 2],
    ) as Four

  test('each has its own shard', () => {
    expect(allClaim(8110).map(shardsOf)).toEqual([[1], [2], [1], [2]])
    expect(open).toEqual([8110, 8110])
  })

  test("another worker of the owner has an absent one's shard", () => {
    const [a1, a2] = allClaim(8110)
    ownership.ended(a1)
    expect(shardsOf(a2)).toEqual([2, 1])
    const [again] = claiming([8110], ['fr-par-a', 1, 2]) as Two
    expect([again, a2].map(shardsOf)).toEqual([[1], [2]])
  })

  test('one that is alone on the new owner has all shards', () => {
    const [a1, a2, b1, b2] = allClaim(8110)
    ownership.ended(b1)
    expect(shardsOf(b2)).toEqual([2])
    for (const one of [a1, a2]) ownership.ended(one)
    expect(shardsOf(b2)).toEqual([2, 1])
  })

  test('a port that one does not claim yet is served by the other', () => {
    const [a1, a2] = allClaim(8110)
    ownership.claim(a1, claim([8110, 8111]))
    expect(a1.sent.slice(-2)).toMatchObject([
      { port: 8111, shard: 1 },
      { port: 8111, shard: 2 },
    ])
    const count = a1.sent.length
    ownership.claim(a2, claim([8110, 8111]))
    expect(a1.sent.slice(count)).toMatchObject([{ type: 'socket_withdrawn', port: 8111, shard: 2 }])
    expect(a2.sent.at(-1)).toMatchObject({ type: 'socket', port: 8111, shard: 2 })
  })

  test('a port on which another program listens is not shared with it', async () => {
    const other = net.createServer().listen({ port: 8112, host: ADDRESS, reusePort: true })
    await once(other, 'listening')
    const [a] = claiming([8112], ['fr-par-a', 1, 2]) as Two
    expect(a.sent[1]).toMatchObject({ type: 'socket_failed', code: 'EADDRINUSE' })
    other.close()
  })
})

describe('adopted', () => {
  const PORT = 8131
  const SINCE = '2026-01-01T00:00:00.000Z'

  function bound(count: number): BoundSocket[] {
    const sockets = bindSockets(ADDRESS, PORT, count)
    if ('code' in sockets) throw new Error(sockets.code)
    return sockets
  }

  function adopt(worker: RecordedWorker, socket: BoundSocket | undefined, shard = 1): void {
    const place = { address: ADDRESS, port: PORT, shard }
    if (socket) ownership.adoptSocket(worker, LB, place, socket)
    ownership.claim(worker, claim([PORT]))
  }

  test('sockets are used as they are, none is bound', () => {
    ownership.beginAdoption()
    const [socket] = bound(1)
    const [a, b] = [recordedWorker('fr-par-a'), recordedWorker('fr-par-b')]
    for (const one of [a, b]) adopt(one, socket)
    ownership.adoptOwner(b, { lb_id: LB, since: SINCE })
    ownership.endAdoption()
    expect([a.types(), b.types(), open]).toEqual([[], [], []])
    ownership.ended(b)
    expect(a.types()).toEqual(['activate'])
    const [again] = claiming([PORT], ['fr-par-b', 1, 1])
    expect([again?.types(), open]).toEqual([['socket'], []])
  })

  test('a shard that ended with its worker leaves the others as they are', () => {
    ownership.beginAdoption()
    const [first, second] = bound(2)
    first?.close()
    const a2 = recordedWorker('fr-par-a', 2, 2)
    adopt(a2, second, 2)
    ownership.adoptOwner(a2, { lb_id: LB, since: SINCE })
    ownership.endAdoption()
    expect(a2.sent.map((message) => [message.type, 'shard' in message && message.shard])).toEqual([
      ['socket', 1],
      ['socket_withdrawn', 2],
    ])
  })
})
