import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import { ADDRESS, claim, member, type Running } from '#lib/testing/supervisor/members.ts'
import { AddressRouter } from './address-router.ts'
import { type BoundSocket, bindSockets } from './bind-socket.ts'

const LB = 'lb-1'
const PORT = 8131
const SINCE = '2026-01-01T00:00:00.000Z'
const CLAIM = claim([PORT])

let router: AddressRouter
let bound: string[]
let failovers: Failover[]
let a: Running
let b: Running

beforeEach(() => {
  bound = []
  failovers = []
  const bind = (address: string, port: number) => {
    bound.push(`${address}:${port}`)
    return bindSockets(address, port, 1)
  }
  router = new AddressRouter(bind, { onFailover: (failover) => failovers.push(failover) })
  a = member('fr-par-a')
  b = member('fr-par-b')
  router.takingOver()
})

afterEach(() => router.close())

/** The kernel's socket of a port, as each node has it. */
function sockets(count: number): BoundSocket[] {
  const found = bindSockets(ADDRESS, PORT, count)
  if ('code' in found) throw new Error(found.code)
  return found
}

function tells(one: Running, socket: BoundSocket, shard = 1, isActive = false): void {
  router.has(one, LB, { address: ADDRESS, port: PORT, shard }, socket)
  router.claim(one, CLAIM)
  if (isActive) router.isActive(one, { lb_id: LB, since: SINCE })
}

test('nothing changes for nodes that are taken over, whoever speaks first', () => {
  const [socket] = sockets(1) as [BoundSocket]
  // The master of it, which stands by.
  tells(a, socket)
  expect(a.types()).toEqual([])
  tells(b, socket, 1, true)
  router.takenOver()
  expect([a.types(), b.types(), bound]).toEqual([[], [], []])
  expect(router.activeOf(LB)).toBe('fr-par-b')
  router.left(b)
  expect(a.types()).toEqual(['activate'])
  const again = member('fr-par-b')
  router.claim(again, CLAIM)
  expect([again.types(), bound]).toEqual([['socket'], []])
})

test('what has nobody who accepts is given to who is left, at once', () => {
  tells(b, sockets(1)[0] as BoundSocket)
  router.takenOver()
  expect(b.types()).toEqual(['activate'])
})

test('one that ends before it has told all is waited for no more, and its part goes on', () => {
  const [socket] = sockets(1) as [BoundSocket]
  tells(a, socket, 1, true)
  tells(b, socket)
  router.left(a)
  expect(b.types()).toEqual([])
  router.takenOver()
  expect(b.types()).toEqual(['activate'])
  router.accepting(b, LB)
  expect(failovers).toMatchObject([{ from: 'a', to: 'b', reason: 'ended' }])
})

test('a socket that went with its worker leaves the others as they are', () => {
  const [first, second] = sockets(2) as [BoundSocket, BoundSocket]
  first.close()
  const a2 = member('fr-par-a', 2)
  tells(a2, second, 2, true)
  router.takenOver()
  const served = () => {
    const shards = a2.sent.flatMap((message) => ('shard' in message ? [message] : []))
    return shards.map(({ type, shard }) => [type, shard])
  }
  expect(served()).toEqual([
    ['socket', 1],
    ['socket_withdrawn', 2],
  ])
})
