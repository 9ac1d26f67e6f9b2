import { describe, expect, test } from 'vitest'
import type { NodeStatus } from '#lib/core/node.ts'
import { drainRefusal, endingCertificate, isLost, nodeState, removalRefusal } from './node-state.ts'

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

  test('only a node in service is lost', () => {
    expect(isLost({ ...JOINED, ...AWAY })).toBe(true)
    for (const changes of [{}, NEVER_SEEN, { ...AWAY, draining: true }]) {
      expect(isLost({ ...JOINED, ...changes })).toBe(false)
    }
    expect(isLost({ ...LOCAL, ...AWAY })).toBe(false)
  })
})

test('a certificate that should have been renewed is shown', () => {
  const at = (time: string) => endingCertificate(JOINED, Date.parse(time))
  expect(at('2026-01-06T09:59:59.000Z')).toBeNull()
  expect(at('2026-01-06T10:00:01.000Z')).toBe(END)
  expect(endingCertificate(LOCAL, Date.parse(END))).toBeNull()
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

test('a node is removed only when it is active for no load balancer', () => {
  expect(removalRefusal({ ...JOINED, active_lbs: 0 })).toBeUndefined()
  expect(removalRefusal(JOINED)).toMatch(/traffic of a load balancer\. Drain it first/)
  expect(removalRefusal({ ...JOINED, active_lbs: 3 })).toMatch(/of 3 load balancers/)
})
