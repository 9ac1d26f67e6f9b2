import { expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { drainRefusal, moveResultText } from './move-text.ts'

const moved = (gap_ms: number): Failover => ({
  id: 'F',
  lb_id: 'L',
  at: '2026-01-01T10:00:00.000Z',
  from: 'a',
  to: 'b',
  reason: 'planned',
  gap_ms,
})

test('the result of a drain', () => {
  const text = (problem: string | null, ...gaps: number[]) =>
    moveResultText({ failovers: gaps.map(moved), problem })
  expect(text(null)).toBe('Nothing had to be moved.')
  expect(text(null, 1)).toMatch(/^One load balancer was moved. New connections waited 1 ms;/)
  expect(text('One stays.', 1, 20.4)).toMatch(/^2 load balancers .* 20 ms at most; .* One stays\.$/)
  expect(text('None could.')).toBe('None could.')
})

test('a node is drained only if the other one is running', () => {
  const a: NodeStatus = {
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
    last_seen_at: null,
    workers: { connected: 1, total: 1 },
    lbs: 1,
    active_lbs: 1,
    quarantined: [],
    problem: null,
    faults: { total: 0, last_at: null, last_message: null },
  }
  const b: NodeStatus = { ...a, name: 'fr-par-b', cluster: 'b', active_lbs: 0 }
  expect(drainRefusal(a, [a, b])).toBeUndefined()
  expect(drainRefusal(b, [a, b])).toMatch(/active for no/)
  expect(drainRefusal(a, [a, { ...b, connected: false }])).toMatch(/other node is not running/)
})
