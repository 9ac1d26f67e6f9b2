import { expect, test } from 'vitest'
import type { PlacementMove } from '#lib/core/placement.ts'
import { moveState, planText, shownMoves } from './move-state.ts'

const move = (lb_id: string, phase: PlacementMove['phase'] = 'planned'): PlacementMove => ({
  lb_id,
  lb_name: lb_id,
  from_pair: null,
  to_pair: 1,
  from_nodes: ['fr-par-a', 'fr-par-b'],
  to_nodes: ['node-1', 'node-2'],
  cost: 'none',
  phase,
  waiting_for: null,
})

test('moves that were begun stay in the list when they are complete', () => {
  const begun = [move('one'), move('two')]
  const shown = shownMoves(begun, [move('two', 'releasing'), move('three')])
  expect(shown.map(({ move: { lb_id }, current }) => [lb_id, current?.phase])).toEqual([
    ['one', undefined],
    ['two', 'releasing'],
    ['three', 'planned'],
  ])
  expect(shown.map(({ current }) => moveState(current).label)).toEqual([
    'Moved',
    'Moved',
    'Planned',
  ])
})

test('the cost of moves', () => {
  const text = (...costs: PlacementMove['cost'][]) => planText(costs.map((cost) => ({ cost })))
  expect(text('none')).toBe('1 load balancer moves without an interruption: only backups change.')
  expect(text('switchover', 'switchover')).toMatch(/^2 load balancers move by a switchover\. New/)
  expect(text('none', 'switchover', 'none')).toMatch(
    /^3 load balancers move: 1 by a switchover, 2 without/,
  )
})
