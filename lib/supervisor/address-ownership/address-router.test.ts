import { once } from 'node:events'
import * as net from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { NodeName } from '#lib/protocol/stream.ts'
import { ADDRESS, claim, member, type Running } from '#lib/testing/supervisor/members.ts'
import { AddressRouter, MASTER_GRACE_MS } from './address-router.ts'
import { bindSockets } from './bind-socket.ts'

type Four = [Running, Running, Running, Running]

describe('address router', () => {
  let router: AddressRouter
  /** The ports of the real sockets that the router holds. */
  let open: number[]
  let workers: number

  beforeEach(() => {
    open = []
    workers = 1
    router = new AddressRouter((address, port) => {
      const sockets = bindSockets(address, port, workers)
      if ('code' in sockets) return sockets
      return sockets.map((socket) => {
        open.push(port)
        const close = socket.close.bind(socket)
        return Object.assign(socket, {
          close() {
            open.splice(open.indexOf(port), 1)
            close()
          },
        })
      })
    })
  })

  afterEach(() => {
    router.close()
    vi.useRealTimers()
  })

  test('the master is active, the backup holds the same sockets', () => {
    const a = member('fr-par-a')
    const b = member('fr-par-b')
    router.claim(b, claim([8101, 8102]))
    expect(b.types()).toEqual(['socket', 'socket'])
    router.claim(a, claim([8101, 8102]))
    expect(a.types()).toEqual(['activate', 'socket', 'socket'])
    expect(router.activeOf('lb-1')).toBe('fr-par-a')
  })

  test('the backup serves where the master does not come', () => {
    vi.useFakeTimers()
    const b = member('fr-par-b')
    router.claim(b, claim([8103]))
    vi.advanceTimersByTime(MASTER_GRACE_MS - 1)
    expect(router.activeOf('lb-1')).toBeNull()
    vi.advanceTimersByTime(1)
    expect(router.activeOf('lb-1')).toBe('fr-par-b')
    // A master that comes late takes nothing back by itself.
    router.claim(member('fr-par-a'), claim([8103]))
    expect(router.activeOf('lb-1')).toBe('fr-par-b')
  })

  test('when the active node leaves, the other is activated at once, and never both', () => {
    const a = member('fr-par-a')
    const b = member('fr-par-b')
    router.claim(a, claim([8104]))
    router.claim(b, claim([8104]))
    router.left(a)
    expect(b.types()).toEqual(['socket', 'activate'])
    const again = member('fr-par-a')
    router.claim(again, claim([8104]))
    expect(again.types()).toEqual(['socket'])
    // The process that left is not the one that is back.
    router.left(a)
    expect(router.activeOf('lb-1')).toBe('fr-par-b')
  })

  test('only new ports are delivered, and those nobody claims are closed', () => {
    const a = member('fr-par-a')
    const b = member('fr-par-b')
    router.claim(a, claim([8105]))
    router.claim(b, claim([8105]))
    router.claim(a, claim([8106]))
    expect(a.types()).toEqual(['activate', 'socket', 'socket'])
    expect(open).toEqual([8105, 8106])
    router.claim(b, claim([8106]))
    expect(open).toEqual([8106])
    router.release(a, 'lb-1')
    router.release(b, 'lb-1')
    expect(open).toEqual([])
  })

  test('a port that is in use is named, and had once it is free', async () => {
    const other = net.createServer().listen(8107, ADDRESS)
    await once(other, 'listening')
    const a = member('fr-par-a')
    router.claim(a, claim([8107]))
    expect(a.sent[1]).toMatchObject({ type: 'socket_failed', port: 8107, code: 'EADDRINUSE' })
    other.close()
    await once(other, 'close')
    router.claim(a, claim([8107]))
    expect(a.types()).toEqual(['activate', 'socket_failed', 'socket'])
  })

  test('an address that this machine does not have is named', () => {
    const a = member('fr-par-a')
    router.claim(a, claim([8108], 'lb-1', '192.0.2.1'))
    expect(a.sent[1]).toMatchObject({ type: 'socket_failed', code: 'EADDRNOTAVAIL' })
  })

  test('a re-used address waits until every node has let the former load balancer go', () => {
    const a = member('fr-par-a')
    const b = member('fr-par-b')
    router.claim(a, claim([8109]))
    router.claim(b, claim([8109]))
    router.release(a, 'lb-1')
    router.claim(a, claim([8109], 'lb-2'))
    expect(a.types()).toEqual(['activate', 'socket', 'activate'])
    router.release(b, 'lb-1')
    expect(a.sent.at(-1)).toMatchObject({ type: 'socket', lb_id: 'lb-2', port: 8109 })
  })

  describe('of several workers', () => {
    const claimed = (...members: [NodeName, number][]) =>
      members.map(([node, worker]) => {
        const one = member(node, worker)
        router.claim(one, claim([8110]))
        return one
      })
    /** The sockets that a worker has, by their numbers. */
    const shards = ({ sent }: Running) => {
      const has = new Set<number>()
      for (const message of sent) {
        if (message.type === 'socket') has.add(message.shard)
        if (message.type === 'socket_withdrawn') has.delete(message.shard)
      }
      return [...has]
    }
    const isActive = (one: Running) => one.types().includes('activate')

    beforeEach(() => {
      workers = 2
    })

    test('each has a socket of its own, and all of the active node accept', () => {
      const all = claimed(['fr-par-a', 1], ['fr-par-a', 2], ['fr-par-b', 1], ['fr-par-b', 2])
      expect(all.map(shards)).toEqual([[1], [2], [1], [2]])
      expect(all.map(isActive)).toEqual([true, true, false, false])
      expect(open).toEqual([8110, 8110])
    })

    test('one that leaves costs its node nothing, and its connections go to another', () => {
      const [a1, a2, b1, b2] = claimed(
        ['fr-par-a', 1],
        ['fr-par-a', 2],
        ['fr-par-b', 1],
        ['fr-par-b', 2],
      ) as Four
      router.left(a1)
      expect(router.activeOf('lb-1')).toBe('fr-par-a')
      expect(shards(a2)).toEqual([2, 1])
      const [again] = claimed(['fr-par-a', 1]) as Four
      expect([again, a2].map(shards)).toEqual([[1], [2]])
      // It has been active since its node is, not since it came.
      expect(again.sent[0]).toEqual(a2.sent[0])
      router.claim(again, claim([8110]))
      expect(again.types()).toEqual(['activate', 'socket'])
      expect([b1, b2].some(isActive)).toBe(false)
    })

    test('the last one costs it the traffic, all of which the other node gets', () => {
      const [a1, a2, b2] = claimed(['fr-par-a', 1], ['fr-par-a', 2], ['fr-par-b', 2]) as Four
      router.left(a1)
      router.left(a2)
      expect(router.activeOf('lb-1')).toBe('fr-par-b')
      expect([isActive(b2), shards(b2)]).toEqual([true, [2, 1]])
    })

    test('a node is active as long as one of its workers has the sockets', () => {
      const [a1, a2, b1] = claimed(['fr-par-a', 1], ['fr-par-a', 2], ['fr-par-b', 1]) as Four
      router.release(a1, 'lb-1')
      expect([isActive(b1), shards(a2)]).toEqual([false, [2, 1]])
      router.release(a2, 'lb-1')
      expect([isActive(b1), shards(b1)]).toEqual([true, [1, 2]])
    })

    test("a port that one does not claim yet is the other's until then", () => {
      const [a1, a2] = claimed(['fr-par-a', 1], ['fr-par-a', 2]) as Four
      router.claim(a1, claim([8110, 8111]))
      const had = a1.sent.length
      expect(a1.sent.slice(-2)).toMatchObject([
        { port: 8111, shard: 1 },
        { port: 8111, shard: 2 },
      ])
      router.claim(a2, claim([8110, 8111]))
      expect(a1.sent.slice(had)).toMatchObject([{ type: 'socket_withdrawn', port: 8111, shard: 2 }])
      expect(a2.sent.at(-1)).toMatchObject({ type: 'socket', port: 8111, shard: 2 })
    })

    test('a port on which another program listens is not shared with it', async () => {
      const other = net.createServer().listen({ port: 8112, host: ADDRESS, reusePort: true })
      await once(other, 'listening')
      const a = member('fr-par-a')
      router.claim(a, claim([8112]))
      expect(a.sent[1]).toMatchObject({ type: 'socket_failed', code: 'EADDRINUSE' })
      other.close()
    })
  })
})
