import { describe, expect, test } from 'vitest'
import type { NodeStatus } from '#lib/core/node.ts'
import { drainRefusal, isLost, nodeState, removalRefusal } from './node-state.ts'

const SEEN = '2026-01-01T10:00:00.000Z'
const END = '2026-01-08T10:00:00.000Z'

const LOCAL: NodeStatus = {
  id: 'A',
  name: 'fr-par-a',
  region: 'fr-par',
  cluster: 'a',
  host: 'host-1',
  address: null,
  version: '1.0.0',
  state: 'joined',
  certificate_expires_at: null,
  connected: true,
  last_seen_at: SEEN,
  workers: { connected: 1, total: 1 },
  lbs: 1,
  active_lbs: 1,
  draining: false,
  quarantined: [],
  problem: null,
  outage: null,
  faults: { total: 0, last_at: null, last_message: null },
}
const JOINED: NodeStatus = { ...LOCAL, id: 'B', name: 'node-1', certificate_expires_at: END }
const AWAY = { connected: false, workers: { connected: 0, total: 1 } }
const NEVER_SEEN = { ...AWAY, state: 'registered', last_seen_at: null } as const

describe('the state of a node', () => {
  test.each([
    [LOCAL, {}, 'ok', 'Connected', null],
    [LOCAL, AWAY, 'danger', 'Not running', SEEN],
    [LOCAL, NEVER_SEEN, 'neutral', 'Not started', null],
    [LOCAL, { workers: { connected: 1, total: 2 } }, 'warn', '1 of 2 processes connected', null],
    [LOCAL, { problem: 'It hangs.' }, 'danger', 'Needs attention', null],
    [JOINED, {}, 'ok', 'Connected', null],
    [JOINED, NEVER_SEEN, 'progress', 'Starting', null],
    [JOINED, AWAY, 'danger', 'Lost', SEEN],
    [JOINED, { draining: true }, 'warn', 'Draining', null],
    [JOINED, { draining: true, active_lbs: 0 }, 'warn', 'Drained', null],
    [JOINED, { ...AWAY, draining: true, active_lbs: 0 }, 'warn', 'Drained', SEEN],
  ] as const)('%#', (node, changes, tone, label, since) => {
    expect(nodeState({ ...node, ...changes })).toEqual({ tone, label, since })
  })

  test('a node without load balancers is not lost while it is drained', () => {
    const outage = { since: SEEN, lbs: 1, failovers: 0, longest_gap_ms: null }
    expect(isLost({ ...JOINED, ...AWAY, outage })).toBe(true)
    expect(isLost({ ...JOINED, ...AWAY, outage, draining: true })).toBe(true)
    const none = { ...outage, lbs: 0 }
    expect(isLost({ ...JOINED, ...AWAY, outage: none })).toBe(true)
    expect(isLost({ ...JOINED, ...AWAY, outage: none, draining: true })).toBe(false)
    expect(isLost(JOINED)).toBe(false)
  })
})

test('a node is drained only if another can take over', () => {
  const other: NodeStatus = { ...JOINED, cluster: 'b' }
  expect(drainRefusal(LOCAL, [LOCAL, other])).toBeUndefined()
  const unable = [
    { ...other, connected: false },
    { ...other, draining: true },
    { ...other, cluster: 'a' as const },
    { ...other, region: 'nl-ams' as const },
  ]
  expect(drainRefusal(LOCAL, [LOCAL, ...unable])).toMatch(/No other node/)
})

test('a node is removed only when no load balancer is placed on it', () => {
  expect(removalRefusal({ ...JOINED, lbs: 0 })).toBeUndefined()
  expect(removalRefusal(JOINED)).toMatch(/^1 load balancer is placed on it\. Drain it/)
  const outage = { since: SEEN, lbs: 3, failovers: 0, longest_gap_ms: null }
  expect(removalRefusal({ ...JOINED, lbs: 0, outage })).toMatch(/^3 load balancers are placed/)
})
