import { expect, test } from 'vitest'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { Fleet } from '../nodes/observed/fleet.ts'
import { Signal } from '../store/signal.ts'
import { Store } from '../store/store.ts'
import { type FollowLive, followLive } from './follow-live.ts'

async function setUp(changes: Partial<FollowLive> = {}) {
  const store = await Store.open(':memory:')
  const fleet = new Fleet()
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
  return { fleet, next, abort }
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

test('a reader with a long backlog gets one resync', async () => {
  const { fleet, next } = await setUp()
  const lbs = Array.from({ length: 1000 }, (_, i) => lbReport({ lb_id: `lb-${i}` }))
  fleet.receive('fr-par-a', { lbs })
  expect(await next()).toEqual({ type: 'resync' })
  fleet.receive('fr-par-a', { lbs: [lbReport({ lb_id: 'lb-1', generation: 2 })] })
  expect(await next()).toEqual({ type: 'observed', lb_id: 'lb-1' })
})
