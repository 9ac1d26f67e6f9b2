import { expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { followRequest, testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Fleet } from '../nodes/observed/fleet.ts'
import { Signal } from '../store/signal.ts'
import { type FollowLive, followLive } from './follow-live.ts'

async function setUp(changes: Partial<FollowLive> = {}) {
  const store = await openTestStore()
  const registry = await testRegistry()
  const [node] = registry.all()
  if (!node) throw new Error('no node')
  const fleet = new Fleet(registry)
  const abort = new AbortController()
  const events = followLive({
    reader: store.reader,
    commits: new Signal(),
    fleet,
    lbId: null,
    report: async () => null,
    allowed: async () => true,
    signal: abort.signal,
    ...changes,
  })
  const next = async () => (await events.next()).value
  expect(await next()).toEqual({ type: 'resync' })
  const receive = (...lbs: LbReport[]) => fleet.receive(node, 1, { lbs })
  return { fleet, node, receive, next, abort }
}

test('ends when the reader loses its rights', async () => {
  let allowed = true
  const { next } = await setUp({ allowed: async () => allowed, heartbeatMs: 1 })
  expect(await next()).toBe(null)
  allowed = false
  expect(await next()).toBe(undefined)
})

test('ends when the reader disconnects', async () => {
  const { next, abort } = await setUp()
  const end = next()
  abort.abort()
  expect(await end).toBe(undefined)
})

test('a reader with a long backlog gets one resync event', async () => {
  const { receive, next } = await setUp()
  const lbs = Array.from({ length: 1000 }, (_, i) => lbReport({ lb_id: `lb-${i}` }))
  receive(...lbs)
  expect(await next()).toEqual({ type: 'resync' })
  receive(lbReport({ lb_id: 'lb-1', generation: 2 }))
  expect(await next()).toEqual({ type: 'observed', lb_id: 'lb-1' })
})

test('one event says that nodes have connected or disconnected', async () => {
  const { fleet, node, next } = await setUp({ lbId: 'lb-1' })
  const disconnect = fleet.connect(node, 1, followRequest())
  expect(await next()).toEqual({ type: 'nodes' })
  disconnect()
  fleet.connect(node, 1, followRequest())
  expect(await next()).toEqual({ type: 'nodes' })
})
