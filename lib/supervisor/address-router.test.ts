import { once } from 'node:events'
import * as net from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { NodeName } from '#lib/config/stream.ts'
import type { SupervisorToNode } from '#lib/config/supervision.ts'
import { AddressRouter, MASTER_GRACE_MS, type Member } from './address-router.ts'
import { bindSocket } from './bind-socket.ts'

const ADDRESS = '127.77.1.1'

function member(name: NodeName, worker = 1) {
  const sent: SupervisorToNode[] = []
  const cluster = name.endsWith('a') ? ('a' as const) : ('b' as const)
  return {
    name,
    worker,
    cluster,
    sent,
    send: (message: SupervisorToNode) => void sent.push(message),
    types: () => sent.map((message) => message.type),
  } satisfies Member & { sent: SupervisorToNode[]; types(): string[] }
}

const claim = (ports: number[], lb_id = 'lb-1', address = ADDRESS) => ({
  lb_id,
  address,
  ports,
  master: 'a' as const,
})

describe('address router', () => {
  let router: AddressRouter
  /** The ports that the router holds a real socket of. */
  let open: Set<number>

  beforeEach(() => {
    open = new Set()
    router = new AddressRouter((address, port) => {
      const socket = bindSocket(address, port)
      if ('code' in socket) return socket
      open.add(port)
      const close = socket.close.bind(socket)
      return Object.assign(socket, {
        close() {
          open.delete(port)
          close()
        },
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
    expect(a.types()).toEqual(['socket', 'socket', 'activate'])
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
    expect(a.types()).toEqual(['socket', 'activate', 'socket'])
    expect([...open]).toEqual([8105, 8106])
    router.claim(b, claim([8106]))
    expect([...open]).toEqual([8106])
    router.release(a, 'lb-1')
    router.release(b, 'lb-1')
    expect([...open]).toEqual([])
  })

  test('a port that is in use is named, and had once it is free', async () => {
    const other = net.createServer().listen(8107, ADDRESS)
    await once(other, 'listening')
    const a = member('fr-par-a')
    router.claim(a, claim([8107]))
    expect(a.sent[0]).toMatchObject({ type: 'socket_failed', port: 8107, code: 'EADDRINUSE' })
    other.close()
    await once(other, 'close')
    router.claim(a, claim([8107]))
    expect(a.types()).toEqual(['socket_failed', 'activate', 'socket'])
  })

  test('an address that this machine does not have is named', () => {
    const a = member('fr-par-a')
    router.claim(a, claim([8108], 'lb-1', '192.0.2.1'))
    expect(a.sent[0]).toMatchObject({ type: 'socket_failed', code: 'EADDRNOTAVAIL' })
  })

  test('a re-used address waits until every node has let the former load balancer go', () => {
    const a = member('fr-par-a')
    const b = member('fr-par-b')
    router.claim(a, claim([8109]))
    router.claim(b, claim([8109]))
    router.release(a, 'lb-1')
    router.claim(a, claim([8109], 'lb-2'))
    expect(a.types()).toEqual(['socket', 'activate', 'activate'])
    router.release(b, 'lb-1')
    expect(a.sent.at(-1)).toMatchObject({ type: 'socket', lb_id: 'lb-2', port: 8109 })
  })

  test("a node's workers all accept, and it stays active while one of them lives", () => {
    const [first, second] = [member('fr-par-a'), member('fr-par-a', 2)]
    const backup = [member('fr-par-b'), member('fr-par-b', 2)] as const
    for (const one of [first, second, ...backup]) router.claim(one, claim([8120]))
    expect(first.types()).toEqual(['socket', 'activate'])
    expect(second.types()).toEqual(['socket', 'activate'])
    router.left(first)
    expect(router.activeOf('lb-1')).toBe('fr-par-a')
    expect(backup[0].types()).toEqual(['socket'])
    const again = member('fr-par-a')
    router.claim(again, claim([8120]))
    expect(again.types()).toEqual(['socket', 'activate'])
    router.left(second)
    router.left(again)
    expect(router.activeOf('lb-1')).toBe('fr-par-b')
    for (const one of backup) expect(one.types()).toEqual(['socket', 'activate'])
  })
})
