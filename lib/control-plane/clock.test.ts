import { afterEach, describe, expect, test, vi } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { laterOf, timestamp } from './clock.ts'

const HOUR = 3_600_000

afterEach(() => {
  vi.restoreAllMocks()
  // Later tests continue from the real time.
  timestamp()
})

/** Steps the system clock. */
function stepClock(ms: number): void {
  vi.restoreAllMocks()
  const { now } = Date
  vi.spyOn(Date, 'now').mockImplementation(() => now() + ms)
}

const distance = (time: string) => Math.abs(Date.parse(time) - Date.now())

test('timestamps are RFC 3339 in microseconds, and never the same twice', () => {
  const times = Array.from({ length: 5000 }, timestamp)
  expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time))).toBe(true)
  expect(new Set(times).size).toBe(times.length)
  expect(times.toSorted()).toEqual(times)
  expect(distance(times[0] as string)).toBeLessThan(1000)
})

test.each([8 * HOUR, -8 * HOUR, 400 * 24 * HOUR, -2000])(
  'timestamps follow a step of %i ms',
  (step) => {
    const before = timestamp()
    stepClock(step)
    const after = timestamp()
    expect(Date.parse(after) - Date.parse(before)).toBeGreaterThanOrEqual(Math.min(step, step + 1))
    expect(distance(after)).toBeLessThan(1000)
    expect(timestamp() > after).toBe(true)
  },
)

test('a step back of less than a second keeps timestamps increasing', () => {
  const before = timestamp()
  stepClock(-400)
  expect(timestamp() > before).toBe(true)
})

describe('the sequence of the audit log', () => {
  test('always increases', () => {
    const at = '2026-03-01T10:00:00.000000Z'
    expect(laterOf(at, '')).toBe(at)
    expect(laterOf(at, '2026-03-01T09:59:59.999999Z')).toBe(at)
    expect(laterOf(at, at)).toBe('2026-03-01T10:00:00.000001Z')
    expect(laterOf(at, '2026-03-01T17:59:59.999999Z')).toBe('2026-03-01T18:00:00.000000Z')
    // The format of an earlier version.
    expect(laterOf(at, '2027-01-01T00:00:00.123Z')).toBe('2027-01-01T00:00:00.123001Z')
  })

  test('increases while timestamps follow a step back', async () => {
    const store = await openTestStore()
    const stamps = [0, -8 * HOUR, -9 * HOUR, HOUR].map((step) => {
      stepClock(step)
      const stamp = store.stamp()
      expect(distance(stamp.at)).toBeLessThan(1000)
      return stamp
    })
    const sequences = stamps.map(({ sequence }) => sequence)
    expect(sequences.toSorted()).toEqual(sequences)
    expect(new Set(sequences).size).toBe(4)
    const times = stamps.map(({ at }) => at)
    expect(times.toSorted()).toEqual([2, 1, 0, 3].map((index) => times[index]))
    await store.close()
  })
})
