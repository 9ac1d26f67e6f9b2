import { expect, test } from 'vitest'
import { hasManyErrors, RecentResponses } from './recent-responses.ts'
import { newSample, SAMPLE_OFFSETS } from './sample.ts'

const MINUTE_MS = 60_000

function sample(ok: number, errors: number) {
  const counts = newSample()
  counts[SAMPLE_OFFSETS.responses + 1] = ok
  counts[SAMPLE_OFFSETS.responses + 4] = errors
  return counts
}

test.each([
  [100, 5, false],
  [100, 6, true],
  [10_000, 500, false],
  [10_000, 501, true],
  [4, 4, false],
  [5, 5, true],
  [0, 0, false],
])('of %i responses, %i 5xx are many: %s', (total, errors, expected) => {
  expect(hasManyErrors({ total, errors })).toBe(expected)
})

test('counts the last five minutes', () => {
  const responses = new RecentResponses()
  responses.add('x', sample(90, 10), 0)
  responses.add('x', sample(100, 0), 2 * MINUTE_MS)
  responses.add('y', sample(1, 0), 2 * MINUTE_MS)
  const last = 4.9 * MINUTE_MS
  expect(responses.of('x', last)).toEqual({ total: 200, errors: 10 })
  expect([...responses.withManyErrors(last)]).toEqual([])
  expect([...responses.withManyErrors(MINUTE_MS)]).toEqual([])
  responses.add('x', sample(0, 1), last)
  expect([...responses.withManyErrors(last)]).toEqual(['x'])
  expect(responses.of('x', 6 * MINUTE_MS)).toEqual({ total: 101, errors: 1 })
  expect([...responses.withManyErrors(6 * MINUTE_MS)]).toEqual([])
})

test('forgets what is older, and deleted load balancers', () => {
  const responses = new RecentResponses()
  responses.add('x', sample(0, 10), 0)
  responses.add('y', sample(0, 10), 0)
  responses.forget('y')
  expect(responses.of('y', 0)).toEqual({ total: 0, errors: 0 })
  responses.prune(20 * MINUTE_MS)
  // Were it not forgotten, it would count again here.
  expect(responses.of('x', 0)).toEqual({ total: 0, errors: 0 })
})
