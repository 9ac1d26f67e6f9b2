import { expect, test } from 'vitest'
import { KILL_SPACING_MS, KillSpacing } from './kill-spacing.ts'
import { localNode } from './local-nodes.ts'

function spacing() {
  const clock = { now: 0 }
  return { clock, kills: new KillSpacing(() => clock.now) }
}

test.each(['looping', 'silent', 'starved', 'late'] as const)(
  'two nodes are not killed for the same reason (%s) within a minute',
  (reason) => {
    const { clock, kills } = spacing()
    expect(kills.waitMs(localNode('fr-par-a'), reason, true)).toBe(0)
    kills.killed(localNode('fr-par-a'), reason)
    clock.now = 1000
    expect(kills.waitMs(localNode('fr-par-b'), reason, true)).toBe(KILL_SPACING_MS - 1000)
    clock.now = KILL_SPACING_MS
    expect(kills.waitMs(localNode('fr-par-b'), reason, true)).toBe(0)
  },
)

test('the same node’s processes, other reasons and other regions don’t wait', () => {
  const { kills } = spacing()
  kills.killed(localNode('fr-par-a'), 'looping')
  expect(kills.waitMs(localNode('fr-par-a'), 'looping', true)).toBe(0)
  expect(kills.waitMs(localNode('fr-par-b'), 'silent', true)).toBe(0)
  expect(kills.waitMs(localNode('nl-ams-b'), 'looping', true)).toBe(0)
})

test('a stopped node is killed once the other one serves, or after a minute', () => {
  const { clock, kills } = spacing()
  kills.killed(localNode('fr-par-a'), 'stopped')
  expect(kills.waitMs(localNode('fr-par-b'), 'stopped', false)).toBe(KILL_SPACING_MS)
  expect(kills.waitMs(localNode('fr-par-b'), 'stopped', true)).toBe(0)
  clock.now = KILL_SPACING_MS
  expect(kills.waitMs(localNode('fr-par-b'), 'stopped', false)).toBe(0)
})
