import { expect, test } from 'vitest'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import { appliedText, rejectionText } from './applied-text.ts'

const instance = (change: Partial<ObservedInstance>): ObservedInstance => ({
  node: 'nl-ams-a',
  cluster: 'a',
  role: 'master',
  connected: true,
  active: true,
  active_since: null,
  failover_id: null,
  applied_generation: 2,
  applied_after_ms: 1,
  listeners: [],
  servers: [],
  counters: null,
  rejected: null,
  quarantine: null,
  ...change,
})

const observed = (applied_on: number, ...instances: ObservedInstance[]): ObservedLb => ({
  lb_id: 'L',
  generation: 2,
  applied_on,
  last_failover: null,
  instances,
  rates: { frontends: {}, backends: {}, servers: {} },
  problems: [],
  health: { state: 'healthy' as const, reason: '', frontends: [] },
})

const rejecting = (cluster: 'a' | 'b', reason: string) =>
  instance({
    node: `nl-ams-${cluster}`,
    cluster,
    applied_generation: 1,
    rejected: { generation: 2, reason },
  })

test('a generation that both nodes applied', () => {
  const both = observed(2, instance({}), instance({ node: 'nl-ams-b', cluster: 'b' }))
  expect(appliedText(both)).toBe('Applied on 2 of 2')
  expect(rejectionText(both)).toBeNull()
})

test('the nodes that rejected it are named with their reasons', () => {
  const one = observed(1, instance({}), rejecting('b', 'Invalid URL'))
  expect(appliedText(one)).toBe('Applied on 1 of 2')
  expect(rejectionText(one)).toBe('nl-ams-b: Invalid URL')
  const none = observed(0, rejecting('a', 'Invalid URL'), rejecting('b', 'Out of memory'))
  expect(rejectionText(none)).toBe('nl-ams-a: Invalid URL. nl-ams-b: Out of memory')
})
