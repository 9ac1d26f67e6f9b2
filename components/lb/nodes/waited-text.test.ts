import { expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { ObservedInstance } from '#lib/core/observed.ts'
import { waitedText } from './waited-text.ts'

const SINCE = '2026-01-01T10:00:00.000Z'
const failover: Failover = {
  id: 'F',
  lb_id: 'L',
  at: '2026-01-01T09:59:58.000Z',
  from: 'a',
  to: 'b',
  reason: 'host_lost',
  gap_ms: 142.4,
}

function text(last_failover: Failover | null, activeSince: string | null = null) {
  const other = { cluster: 'b', active: activeSince !== null, active_since: activeSince }
  const instances = [other] as ObservedInstance[]
  return waitedText({ instances, last_failover }, { cluster: 'a' }, SINCE)
}

test('how long clients waited when a host was lost', () => {
  expect(text(failover)).toBe('New connections waited 142 ms for the other instance.')
  expect(text({ ...failover, reason: 'ended' })).toBeNull()
  expect(text({ ...failover, from: 'b' })).toBeNull()
  expect(text({ ...failover, at: '2026-01-01T09:00:00.000Z' })).toBeNull()
  expect(text(null)).toBeNull()
  expect(text(null, '2026-01-01T10:00:01.000Z')).toBeNull()
  expect(text(null, '2026-01-01T09:00:00.000Z')).toMatch(/active already, so no connection waited/)
})
