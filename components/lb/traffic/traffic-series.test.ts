import { expect, test } from 'vitest'
import type { Traffic } from '#lib/core/traffic.ts'
import { rateText } from './rate-text.ts'
import {
  activityOf,
  type ChartSpec,
  chartsOf,
  chartText,
  durationText,
  stepTimes,
} from './traffic-series.ts'

const traffic = (changes: Partial<Traffic>): Traffic => ({
  range: 'hour',
  step_s: 60,
  start: 1000,
  end: 1150,
  connections: [0, null, 0],
  connections_open: [0, null, 0],
  requests: [0, null, 0],
  responses: [[], [], [], [0, null, 2], [0, null, 1]],
  bytes_in: [],
  bytes_out: [],
  connect_failures: [0, null, 0],
  proxy_errors: [],
  aborted: [0, null, 0],
  latency_p50: [],
  latency_p95: [],
  latency_p99: [],
  servers: [],
  ...changes,
})

test('counts are divided by the length of their step, and gaps are kept', () => {
  const [, requests] = chartsOf(traffic({ requests: [120, null, 120] }))
  expect(requests?.series[0]?.values).toEqual([2, null, 4])
  expect(stepTimes(traffic({}))).toEqual([1000, 1060, 1120])
})

test('no samples are distinguished from no traffic', () => {
  expect(activityOf(traffic({}))).toBe('none')
  expect(activityOf(traffic({ connections: [null, null, null] }))).toBe('unknown')
  expect(activityOf(traffic({ requests: [0, null, 1] }))).toBe('some')
  expect(activityOf(traffic({ connections_open: [0, null, 1] }))).toBe('some')
})

test('the text alternative of a chart', () => {
  const [, , , errors] = chartsOf(traffic({}))
  expect(chartText(errors as ChartSpec)).toMatch(/^5xx: 1 at the end, 1 at most\. 4xx: 2 at/)
  const [, , times] = chartsOf(traffic({}))
  expect(chartText(times as ChartSpec)).toMatch(/^p50: nothing known\./)
})

test.each([
  [0.425, '0.42 ms'],
  [12.34, '12.3 ms'],
  [1234, '1.2 s'],
  [15_400, '15 s'],
])('%f milliseconds', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('the text of a rate', () => {
  const rate = { requests: 1234.5, connections: 2.5 }
  expect(rateText(rate, 'http')).toBe('1,235 req/s')
  expect(rateText(rate, 'tcp')).toBe('2.5 conn/s')
  expect(rateText({ requests: 0, connections: 3 }, 'http')).toBeNull()
})
