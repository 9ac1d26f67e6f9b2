import { expect, test } from 'vitest'
import { timestamp } from './clock.ts'

test('timestamps are RFC 3339 in microseconds, and never the same twice', () => {
  const times = Array.from({ length: 5000 }, timestamp)
  expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time))).toBe(true)
  expect(new Set(times).size).toBe(times.length)
  expect(times.toSorted()).toEqual(times)
  expect(Math.abs(Date.parse(times[0] as string) - Date.now())).toBeLessThan(1000)
})
