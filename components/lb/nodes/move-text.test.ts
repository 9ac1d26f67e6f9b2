import { expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { drainRefusal, movedWords } from './move-text.ts'

const moved = (gap_ms: number): Failover => ({
  id: 'F',
  lb_id: 'L',
  at: '2026-01-01T10:00:00.000Z',
  from: 'a',
  to: 'b',
  reason: 'planned',
  gap_ms,
})

test('what came of moving load balancers', () => {
  const words = (problem: string | null, ...gaps: number[]) =>
    movedWords({ failovers: gaps.map(moved), problem })
  expect(words(null)).toBe('Nothing had to be moved.')
  expect(words(null, 1)).toMatch(/^One load balancer was moved. New connections waited 1 ms;/)
  expect(words('One stays.', 1, 20.4)).toMatch(
    /^2 load balancers .* 20 ms at most; .* One stays\.$/,
  )
  expect(words('None could.')).toBe('None could.')
})

test('a node is emptied only onto one that runs', () => {
  const a: NodeStatus = {
    id: 'A',
    name: 'fr-par-a',
    region: 'fr-par',
    cluster: 'a',
    host: 'host-1',
    version: '1.0.0',
    state: 'joined',
    connected: true,
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
