import { expect, test } from 'vitest'
import { KILL_SPACING_MS, KillSpacing } from './kill-spacing.ts'

function spacing() {
  const clock = { now: 0 }
  return { clock, kills: new KillSpacing(() => clock.now) }
}

test.each(['looping', 'silent', 'starved', 'late'] as const)(
  'what one node was killed for, %s, the other is not killed for within the minute',
  (reason) => {
    const { clock, kills } = spacing()
    expect(kills.waitMs('fr-par-a', reason, true)).toBe(0)
    kills.killed('fr-par-a', reason)
    clock.now = 1000
    expect(kills.waitMs('fr-par-b', reason, true)).toBe(KILL_SPACING_MS - 1000)
    clock.now = KILL_SPACING_MS
    expect(kills.waitMs('fr-par-b', reason, true)).toBe(0)
  },
)

test('its own processes, other reasons and other regions are no reason to wait', () => {
  const { kills } = spacing()
  kills.killed('fr-par-a', 'looping')
  expect(kills.waitMs('fr-par-a', 'looping', true)).toBe(0)
  expect(kills.waitMs('fr-par-b', 'silent', true)).toBe(0)
  expect(kills.waitMs('nl-ams-b', 'looping', true)).toBe(0)
})

test('a node that was stopped by a signal waits until the other one serves, a minute at most', () => {
  const { clock, kills } = spacing()
  kills.killed('fr-par-a', 'stopped')
  expect(kills.waitMs('fr-par-b', 'stopped', false)).toBe(KILL_SPACING_MS)
  expect(kills.waitMs('fr-par-b', 'stopped', true)).toBe(0)
  clock.now = KILL_SPACING_MS
  expect(kills.waitMs('fr-par-b', 'stopped', false)).toBe(0)
})
