import { expect, test } from 'vitest'
import { DraftCheckLimiter, TESTS_MAX } from './draft-check-limiter.ts'

test('at most ten draft checks run at once, four of each caller', () => {
  const limiter = new DraftCheckLimiter()
  const ends = ['a', 'a', 'a', 'a'].map((caller) => limiter.begin(caller))
  expect(() => limiter.begin('a')).toThrow('too many requests')
  for (const caller of ['b', 'b', 'b', 'c', 'c', 'c']) limiter.begin(caller)
  expect(() => limiter.begin('d')).toThrow('too many requests')
  ends[0]?.()
  expect(() => limiter.begin('d')).not.toThrow()
})

test('a caller starts at most 60 draft checks within five minutes', () => {
  const limiter = new DraftCheckLimiter()
  for (let count = 0; count < TESTS_MAX; count++) limiter.begin('a')()
  expect(() => limiter.begin('a')).toThrow(
    expect.objectContaining({
      status: 429,
      body: expect.objectContaining({
        help_message: expect.stringMatching(
          /^60 tests within five minutes are enough\. Try again in \d+ s\.$/,
        ),
      }),
    }),
  )
  expect(() => limiter.begin('b')).not.toThrow()
})
