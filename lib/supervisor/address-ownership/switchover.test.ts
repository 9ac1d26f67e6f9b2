import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import { ADDRESS, claim, member, type Running } from '#lib/testing/supervisor/members.ts'
import { AddressRouter, MASTER_GRACE_MS, ORPHAN_MS } from './address-router.ts'
import { bindSockets } from './bind-socket.ts'

const LB = 'lb-1'
const FAILBACK_MS = 60_000
const CLAIM = claim([8121, 8122])

let router: AddressRouter
let now: number
let failovers: Failover[]
let a: Running
let b: Running

function routerWith(failbackMs: number | null): void {
  const bind = (address: string, port: number) => bindSockets(address, port, 1)
  router = new AddressRouter(bind, {
    failbackMs,
    onFailover: (failover) => failovers.push(failover),
    now: () => now,
  })
  a = member('fr-par-a')
  b = member('fr-par-b')
  for (const one of [a, b]) router.claim(one, CLAIM)
}

beforeEach(() => {
  failovers = []
  now = 1000
  routerWith(null)
})

afterEach(() => {
  router.close()
  vi.useRealTimers()
})

const moved = (from: string, to: string, reason: string, gap_ms: number) =>
  expect.objectContaining({ lb_id: LB, from, to, reason, gap_ms: expect.closeTo(gap_ms) })

test('the other is told to accept when the former has said that it does not, and the gap is what is between', async () => {
  const moving = router.switchOver(LB)
  expect(a.types().at(-1)).toBe('deactivate')
  expect([router.activeOf(LB), b.types()]).toEqual([null, ['socket', 'socket']])
  now += 0.3
  router.yielded(a, LB)
  expect(router.activeOf(LB)).toBe('fr-par-b')
  expect(b.types().at(-1)).toBe('activate')
  // The former stands by from now on.
  expect(a.types().slice(-2)).toEqual(['socket', 'socket'])
  now += 0.5
  router.accepting(b, LB)
  const failover = await moving
  expect(failover).toEqual(moved('a', 'b', 'planned', 0.8))
  expect(b.sent.at(-1)).toMatchObject({ type: 'activate', lbs: [{ failover_id: failover.id }] })
  expect(failovers).toEqual([])
})

test('claims in between change nothing', () => {
  void router.switchOver(LB)
  router.claim(a, claim([8121, 8122, 8123]))
  expect([a.types().at(-1), router.activeOf(LB)]).toEqual(['deactivate', null])
  router.yielded(a, LB)
  expect(router.activeOf(LB)).toBe('fr-par-b')
})

test('where the former ends instead of yielding, the other goes on as well', async () => {
  const moving = router.switchOver(LB)
  router.left(a, { reason: 'ended', at: now - 40 })
  expect(router.activeOf(LB)).toBe('fr-par-b')
  now += 5
  router.accepting(b, LB)
  expect(await moving).toEqual(moved('a', 'b', 'planned', 45))
})

test('where the other ends meanwhile, the former goes on', async () => {
  const moving = router.switchOver(LB)
  router.left(b)
  router.yielded(a, LB)
  expect([router.activeOf(LB), a.types().filter((type) => type === 'activate')]).toEqual([
    'fr-par-a',
    ['activate', 'activate'],
  ])
  router.accepting(a, LB)
  expect(await moving).toMatchObject({ from: 'a', to: 'a' })
})

test.each([
  ['nothing accepts', () => router.switchOver('lb-2'), /No instance accepts/],
  ['it is there already', () => router.switchOver(LB, 'a'), /cluster a has its traffic/],
  [
    'the other is gone',
    () => router.switchOver(LB),
    /cluster b is not ready/,
    () => router.left(b),
  ],
  [
    'it moves already',
    () => router.switchOver(LB),
    /changing instances/,
    () => router.switchOver(LB),
  ],
])('refused where %s', (_case, order, words, before: () => unknown = () => {}) => {
  before()
  expect(order).toThrow(words)
})

test('a failover is told of with its reason and its gap, when the other accepts', () => {
  router.left(a, { reason: 'hung', at: now - 390 })
  expect(failovers).toEqual([])
  now += 10
  router.accepting(b, LB)
  expect(failovers).toEqual([moved('a', 'b', 'hung', 400)])
})

test('all that a node was active for goes over at one word', () => {
  for (const lbId of ['lb-2', 'lb-3']) {
    for (const one of [a, b]) router.claim(one, claim([8123], lbId, `127.77.1.${lbId.at(-1)}`))
  }
  router.left(a)
  expect(b.types().filter((type) => type === 'activate')).toHaveLength(1)
  expect(b.sent.at(-1)).toMatchObject({
    lbs: [{ lb_id: LB }, { lb_id: 'lb-2' }, { lb_id: 'lb-3' }],
  })
  expect(router.activeOn('fr-par-b')).toHaveLength(3)
  expect(router.awayFromMaster().map(({ lbId }) => lbId)).toEqual([LB, 'lb-2', 'lb-3'])
})

test('where both end, connections are queued for the first that is back, whichever it is', async () => {
  // Listened on once, a socket queues connections for whoever accepts next.
  const [handle] = [a.sockets.get(8121)]
  handle?.listen(8)
  for (const one of [a, b]) router.left(one, { reason: 'ended', at: now })
  const client = connect(8121, ADDRESS)
  await once(client, 'connect')
  client.destroy()
  const again = member('fr-par-b')
  router.claim(again, CLAIM)
  expect(again.types()[0]).toBe('activate')
  now += 300
  router.accepting(again, LB)
  expect(failovers).toEqual([moved('a', 'b', 'ended', 300)])
})

test('nobody comes back: connections are refused in the end', async () => {
  vi.useFakeTimers()
  a.sockets.get(8121)?.listen(8)
  for (const one of [a, b]) router.left(one)
  vi.advanceTimersByTime(ORPHAN_MS)
  vi.useRealTimers()
  const [error] = await once(connect(8121, ADDRESS), 'error')
  expect(error.code).toBe('ECONNREFUSED')
})

test('a master that is back gets its traffic where that is wished, after a while', () => {
  vi.useFakeTimers()
  router.close()
  routerWith(FAILBACK_MS)
  router.left(a)
  router.accepting(b, LB)
  const again = member('fr-par-a')
  router.claim(again, CLAIM)
  vi.advanceTimersByTime(FAILBACK_MS - 1)
  expect(router.activeOf(LB)).toBe('fr-par-b')
  vi.advanceTimersByTime(1)
  expect(b.types().at(-1)).toBe('deactivate')
  router.yielded(b, LB)
  now += 1
  router.accepting(again, LB)
  expect(failovers.at(-1)).toEqual(moved('b', 'a', 'planned', 1))
})

test('what somebody has moved by hand stays there', () => {
  vi.useFakeTimers()
  router.close()
  routerWith(FAILBACK_MS)
  void router.switchOver(LB)
  router.yielded(a, LB)
  router.accepting(b, LB)
  router.claim(a, claim([8121]))
  vi.advanceTimersByTime(FAILBACK_MS + MASTER_GRACE_MS)
  expect(router.activeOf(LB)).toBe('fr-par-b')
})
