import { expect, test } from 'vitest'
import { lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import { mergeReports } from './merge-reports.ts'

const base = lbReport({
  lb_id: 'x',
  generation: 4,
  active: true,
  listeners: [listener('listening')],
})
const counted = (connections: number, latency: number[]) => ({
  ...base.counters,
  connections_total: connections,
  responses: [0, connections, 0, 0, 0],
  latency,
})

test('applied is what all workers have applied, and a port is listened on where one listens', () => {
  const merged = mergeReports([
    { ...base, generation: 5, applied_at: '2026-01-01T00:00:02Z' },
    {
      ...base,
      applied_at: '2026-01-01T00:00:01Z',
      active: false,
      listeners: [listener('pending')],
    },
  ])
  expect(merged).toMatchObject({ generation: 4, applied_at: '2026-01-01T00:00:01Z', active: true })
  expect(merged.listeners.map(({ state }) => state)).toEqual(['listening'])
})

test('a node is active since its first worker is, with the failover of that time', () => {
  const since = (time: string, failover_id?: string) => {
    return { ...base, active_since: `2026-01-01T${time}Z`, failover_id }
  }
  const standby = { ...base, active: false, active_since: null }
  const active = [since('10:00:02', 'f2'), since('10:00:01', 'f1')] as const
  expect(mergeReports([standby, ...active])).toMatchObject({
    active_since: '2026-01-01T10:00:01Z',
    failover_id: 'f1',
  })
  expect(mergeReports([standby, standby]).failover_id).toBeUndefined()
})

test('problems are listed once, and only for the generation that all workers have', () => {
  const merged = mergeReports([
    { ...base, generation: 5, problems: ['Newer.'] },
    { ...base, problems: ['One.', 'Two.'] },
    { ...base, problems: ['Two.'] },
  ])
  expect(merged.problems).toEqual(['One.', 'Two.'])
})

test('counters are added up, including those that only one worker has', () => {
  const merged = mergeReports([
    { ...base, counters: counted(3, [1, 2]), server_counters: { 'b/1': counted(3, []) } },
    { ...base, counters: counted(4, [0, 0, 4]), server_counters: { 'b/2': counted(4, []) } },
  ])
  expect(merged.counters).toMatchObject(counted(7, [1, 2, 4]))
  expect(Object.keys(merged.server_counters)).toEqual(['b/1', 'b/2'])
  expect(merged.server_counters['b/2']?.connections_total).toBe(4)
})

test('queue_max is the maximum of the workers', () => {
  const waiting = (queue_current: number, queue_max: number) => ({
    backend_counters: {
      b: {
        ...base.counters,
        retries: 1,
        redispatches: 0,
        queue_current,
        queue_max,
        queue_timeouts: 0,
      },
    },
  })
  const merged = mergeReports([
    { ...base, ...waiting(2, 5) },
    { ...base, ...waiting(1, 7) },
  ])
  expect(merged.backend_counters.b).toMatchObject({ retries: 2, queue_current: 3, queue_max: 7 })
})

test.each([
  ['listening', 'failed', 'failed'],
  ['pending', 'standby', 'standby'],
] as const)('a port that is %s and %s is %s', (one, other, expected) => {
  const merged = mergeReports([
    { ...base, listeners: [listener(one)] },
    { ...base, listeners: [listener(other)] },
  ])
  expect(merged.listeners).toEqual([listener(expected)])
})

test.each([
  ['up', 'down', 'down'],
  ['unknown', 'up', 'up'],
  ['unknown', 'down', 'down'],
] as const)('a server that is %s and %s is %s', (one, other, expected) => {
  const [first, second] = [server('b', '10.0.0.1', one), server('b', '10.0.0.1', other)]
  const merged = mergeReports([
    { ...base, servers: [first] },
    { ...base, servers: [second] },
  ])
  expect(merged.servers.map(({ state }) => state)).toEqual([expected])
})

test("the restart of a worker does not change the time of a server's state", () => {
  const up = server('b', '10.0.0.1', 'up')
  const restarted = { ...up, since: '2026-07-21T11:00:00Z', streak: 1 }
  const merged = mergeReports([
    { ...base, servers: [restarted] },
    { ...base, servers: [up] },
  ])
  expect(merged.servers).toEqual([up])
})
