import { expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import {
  activeReason,
  failoverText,
  millisecondsText,
  reasonText,
  switchTarget,
} from './failover-text.ts'

const AT = '2026-01-01T10:00:00.000Z'
const last: Failover = {
  id: 'F1',
  lb_id: 'L',
  at: AT,
  from: 'a',
  to: 'b',
  reason: 'ended',
  gap_ms: 1.24,
}

const instance = (changes: Partial<ObservedInstance>): ObservedInstance => ({
  node: 'fr-par-a',
  cluster: 'a',
  role: 'master',
  connected: true,
  active: false,
  active_since: null,
  failover_id: null,
  applied_generation: 3,
  applied_after_ms: null,
  listeners: [{ frontend_id: 'F', port: 80, state: 'listening', problem: null }],
  servers: [],
  counters: null,
  rejected: null,
  quarantine: null,
  ...changes,
})

function observed(backup: Partial<ObservedInstance> = {}): ObservedLb {
  const other = instance({ cluster: 'b', role: 'backup', ...backup })
  return {
    lb_id: 'L',
    generation: 3,
    applied_on: 2,
    instances: [instance({ active: true }), other],
    rates: { frontends: {}, backends: {}, servers: {} },
    last_failover: last,
    problems: [],
    health: { state: 'healthy' as const, reason: '', frontends: [] },
  }
}

test('milliseconds have one decimal below 10', () => {
  expect([0.04, 1.24, 23.6, 1200].map(millisecondsText)).toEqual([
    '0 ms',
    '1.2 ms',
    '24 ms',
    '1,200 ms',
  ])
})

test.each([
  [{}, 'Failover from fr-par-a to fr-par-b: process ended. 11 ms interruption.'],
  [
    { reason: 'hung', gap_ms: 1200 },
    'Failover from fr-par-a to fr-par-b: process hung and was killed. 1,200 ms interruption.',
  ],
  [
    { reason: 'planned', gap_ms: 0.8 },
    'Switchover from fr-par-a to fr-par-b. 0.8 ms interruption.',
  ],
  [{ to_node: 'fr-par-a' }, 'Restart of fr-par-a: process ended. 11 ms interruption.'],
] as const)('the text of a failover: %j', (changes, text) => {
  const failover = { id: 'F', from_node: 'fr-par-a', to_node: 'fr-par-b', reason: 'ended' } as const
  expect(failoverText({ ...failover, gap_ms: 11.2, ...changes })).toBe(text)
})

test('the reason of a takeover', () => {
  const { instances } = observed()
  const text = (changes: Partial<Failover>) => reasonText({ ...last, ...changes }, instances)
  expect(text({})).toBe("after the master's process ended")
  expect(text({ reason: 'hung', from: 'b', to: 'a' })).toMatch(/^after the backup's process hung/)
  expect(text({ to: 'a' })).toBe('after its process ended')
  expect(text({ reason: 'planned' })).toBe('as it was switched over')
})

test('a reason is given only for the failover that made an instance active', () => {
  const state = observed()
  const reason = (failover_id: string | null, active_since = AT, observedLb = state) =>
    activeReason({ failover_id, active_since }, observedLb, AT)
  expect(reason('F1')).toBe("after the master's process ended")
  expect(reason('F0')).toBeNull()
  expect(reason(null)).toBeNull()
  const never = { ...state, last_failover: null }
  expect(reason(null, '2026-01-01T10:00:05.000Z', never)).toBe('when it was created')
  expect(reason(null, '2026-01-01T11:00:00.000Z', never)).toBeNull()
})

test('a switchover needs an instance that can take over', () => {
  const refusal = (state: ObservedLb) => switchTarget(state).refusal
  expect(switchTarget(observed()).instance?.cluster).toBe('b')
  expect(refusal(observed())).toBeUndefined()
  expect(refusal(observed({ connected: false }))).toBe('The backup instance is not running.')
  expect(refusal(observed({ applied_generation: 2 }))).toMatch(/has not applied the newest/)
  const idle = observed()
  expect(refusal({ ...idle, instances: [instance({}), instance({})] })).toMatch(/No instance/)
  const ruleless = instance({ active: true, listeners: [] })
  expect(refusal({ ...idle, instances: [ruleless, instance({})] })).toMatch(/no frontend rule/)
})
