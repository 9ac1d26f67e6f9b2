import { expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import { hasStateChanged } from './has-state-changed.ts'

const seen = (report: LbReport) => ({ applied: report.generation, reporting: 1, report })
const up = server('backend-1', '127.0.2.1', 'up')
const before = lbReport({ lb_id: 'x', listeners: [listener('listening')], servers: [up] })

test('counters and health checks with equal results are no state change', () => {
  const counters = { ...before.counters, requests_total: 7 }
  const servers = [{ ...up, latency_ms: 2, streak: 4, checked_at: '2026-07-21T10:17:01Z' }]
  expect(hasStateChanged(seen(before), seen({ ...before, counters, servers }))).toBe(false)
})

test('a worker that disconnects or reconnects is a state change', () => {
  const one = { ...seen(before), reporting: 1 }
  expect(hasStateChanged({ ...one, reporting: 2 }, one)).toBe(true)
  expect(hasStateChanged(one, { ...one, reporting: 2 })).toBe(true)
})

test.each([
  ['the first report', undefined, before],
  ['a new generation', before, { ...before, generation: 2 }],
  ['another one that is active', before, { ...before, active: true }],
  ['a port that failed', before, { ...before, listeners: [listener('failed', 'In use.')] }],
  ['its problems', before, { ...before, problems: ['The check can’t be made.'] }],
  ['a server that is down', before, { ...before, servers: [{ ...up, state: 'down' as const }] }],
])('%s is a state change', (_case, from, to) => {
  expect(hasStateChanged(from && seen(from), seen(to))).toBe(true)
})
