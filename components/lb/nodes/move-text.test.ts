import { expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import { moveResultText } from './move-text.ts'

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
  expect(text(null, 1)).toMatch(/^1 load balancer was switched over. New connections waited 1 ms;/)
  expect(text('One stays.', 1, 20.4)).toMatch(/^2 load balancers .* 20 ms at most; .* One stays\.$/)
  expect(text('None could.')).toBe('None could.')
})
