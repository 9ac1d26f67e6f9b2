import { expect, test } from 'vitest'
import { LATENCY_BUCKETS, latencyBucket, latencyPercentile } from '#lib/core/latency-buckets.ts'

function counted(times: readonly number[]): number[] {
  const counts = new Array<number>(LATENCY_BUCKETS).fill(0)
  for (const time of times) counts[latencyBucket(time)] = (counts[latencyBucket(time)] ?? 0) + 1
  return counts
}

test('every time has a bucket', () => {
  expect([0, 0.25, 0.26, 0.5, 1, 1000, 60_000, 1e9].map(latencyBucket)).toEqual([
    0, 0, 1, 2, 4, 24, 35, 35,
  ])
})

test('percentiles are within a fifth of the exact ones', () => {
  const times = Array.from({ length: 2000 }, (_, index) => 0.3 * 1.004 ** index)
  for (const share of [0.5, 0.95, 0.99]) {
    const exact = times[Math.ceil(share * times.length) - 1] as number
    const found = latencyPercentile(counted(times), share) as number
    expect(Math.abs(found / exact - 1)).toBeLessThan(0.2)
  }
})

test('one time, and none', () => {
  expect(latencyPercentile(counted([10]), 0.5)).toBeCloseTo(9.66, 1)
  expect(latencyPercentile(counted([]), 0.5)).toBeNull()
})
